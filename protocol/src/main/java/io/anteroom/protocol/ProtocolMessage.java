// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** Marks what is sent between members and bound to the Kryo serializer of this module. */
public interface ProtocolMessage {}
