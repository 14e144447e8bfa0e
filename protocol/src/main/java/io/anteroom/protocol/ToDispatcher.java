// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/**
 * What the dispatcher of one filter service on one node understands. It is open so that a node can
 * add messages that never leave it.
 */
public interface ToDispatcher {}
