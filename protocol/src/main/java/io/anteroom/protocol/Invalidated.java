// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** A dispatcher has taken an {@link Invalidate}, and it need not be sent again. */
public record Invalidated(long id) implements ToInstance, ProtocolMessage {}
