// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/**
 * What an instance of a filter service understands. The SDK implements it; it is open so that the
 * SDK can add messages that an instance sends to itself.
 */
public interface ToInstance {}
