// SPDX-License-Identifier: Apache-2.0
/**
 * How messages between members are written: Kryo behind a Pekko serializer, with nothing generic in
 * it.
 *
 * <p>A message is a version byte and one record. A record is the id of its class, the length of its
 * fields, and its fields in order; a reader that finds fields missing takes their defaults, and
 * skips those that it does not know. So fields are only ever appended, and ids never change their
 * meaning. {@link io.anteroom.protocol.kryo.ProtocolRegistrations} holds the ids 100 to 199, those
 * of the node are 200 to 299.
 *
 * <p>Nothing that is read allocates more than the bytes that are there can fill, and whatever is
 * wrong with it becomes a {@link java.io.NotSerializableException}, which costs the message and not
 * the connection.
 */
@NullMarked
package io.anteroom.protocol.kryo;

import org.jspecify.annotations.NullMarked;
