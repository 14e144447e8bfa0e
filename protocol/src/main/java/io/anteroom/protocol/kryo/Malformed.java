// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

/** Thrown when bytes are not a message. It never leaves the serializer, and has no stack trace. */
final class Malformed extends RuntimeException {
  private static final long serialVersionUID = 1;

  Malformed(String what) {
    super(what, null, false, false);
  }
}
