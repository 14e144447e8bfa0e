// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/**
 * Messages to the router of one filter service on one node. The interface is not sealed, so that a
 * node can add messages that never leave it.
 */
public interface ToRouter {}
