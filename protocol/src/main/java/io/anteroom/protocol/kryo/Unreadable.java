// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import java.io.NotSerializableException;

/**
 * The exception that Pekko gets for a message that can't be read. It has no stack trace, because a
 * flood of such messages would make traces expensive.
 */
public final class Unreadable extends NotSerializableException {
  private static final long serialVersionUID = 1;

  /** Says why. */
  public Unreadable(String why) {
    super("unreadable message: " + why);
  }

  /** The cause says where. */
  Unreadable(RuntimeException cause) {
    this(cause.toString());
    initCause(cause);
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
