// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** Acknowledges an {@link Invalidate}, which need not be sent again. */
public record Invalidated(long id) implements ToInstance, ProtocolMessage {}
