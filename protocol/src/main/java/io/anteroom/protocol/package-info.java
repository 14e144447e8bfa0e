// SPDX-License-Identifier: Apache-2.0
/**
 * The messages between filter services and nodes.
 *
 * <p>Messages are immutable records. Those that cross the network implement {@link
 * io.anteroom.protocol.ProtocolMessage} and are written by {@code io.anteroom.protocol.kryo};
 * {@code io.anteroom.protocol.sdk} is the API for authors of filters. Classes of the node must not
 * be here.
 */
@NullMarked
package io.anteroom.protocol;

import org.jspecify.annotations.NullMarked;
