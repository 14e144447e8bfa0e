// SPDX-License-Identifier: Apache-2.0
/**
 * What filter services and nodes say to each other.
 *
 * <p>Messages are immutable records. Those that cross the network implement {@link
 * io.anteroom.protocol.ProtocolMessage} and are written by {@code io.anteroom.protocol.kryo};
 * {@code io.anteroom.protocol.sdk} is what the author of a filter uses. Nothing of the node may
 * live here.
 */
@NullMarked
package io.anteroom.protocol;

import org.jspecify.annotations.NullMarked;
