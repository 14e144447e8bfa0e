// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/**
 * Messages to an instance of a filter service. The interface is not sealed, so that the SDK can add
 * messages that an instance sends to itself.
 */
public interface ToInstance {}
