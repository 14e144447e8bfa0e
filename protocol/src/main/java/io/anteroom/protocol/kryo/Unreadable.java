// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import java.io.NotSerializableException;

/**
 * The exception that Pekko gets for a message that can't be read. Its cause says where; it has no
 * stack trace of its own, because a flood of such messages would make traces expensive.
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
