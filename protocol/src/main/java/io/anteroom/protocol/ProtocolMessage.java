// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** Marks messages between members that are bound to the Kryo serializer of this module. */
public interface ProtocolMessage {}
