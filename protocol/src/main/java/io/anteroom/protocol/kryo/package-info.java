// SPDX-License-Identifier: Apache-2.0
/**
 * Serialization of messages between members: Kryo behind a Pekko serializer, without any generic
 * serializers.
 *
 * <p>A message is a version byte and one record. A record is the id of its class, the length of its
 * fields, and its fields in order; a reader uses defaults for missing fields, and skips fields that
 * it does not know. So fields are only appended, and ids never change their meaning. {@link
 * io.anteroom.protocol.kryo.ProtocolRegistrations} holds the ids 100 to 199, those of the node are
 * 200 to 299.
 *
 * <p>Reading never allocates more than the bytes of the message can fill. Any error becomes a
 * {@link java.io.NotSerializableException}, so Pekko drops the message and keeps the connection.
 */
@NullMarked
package io.anteroom.protocol.kryo;

import org.jspecify.annotations.NullMarked;
