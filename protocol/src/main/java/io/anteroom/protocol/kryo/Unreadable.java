// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import java.io.NotSerializableException;

/**
 * What Pekko gets for a message that cannot be read. The cause says where; a trace of its own would
 * only make a flood of them dearer.
 */
final class Unreadable extends NotSerializableException {
  private static final long serialVersionUID = 1;

  Unreadable(RuntimeException cause) {
    super("unreadable message: " + cause);
    initCause(cause);
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
