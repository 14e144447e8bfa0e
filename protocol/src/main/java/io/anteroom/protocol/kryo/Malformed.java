// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

/** Says that the bytes at hand are no message; never leaves the serializer, and costs no trace. */
final class Malformed extends RuntimeException {
  private static final long serialVersionUID = 1;

  Malformed(String what) {
    super(what, null, false, false);
  }
}
