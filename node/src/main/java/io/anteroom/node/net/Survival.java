// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which failures stop the process. An {@link OutOfMemoryError} stops it at once, so that a
 * supervisor restarts the node, because objects that could not be allocated may be missing. The
 * launcher sets {@code -XX:+ExitOnOutOfMemoryError}, but that covers only errors that the JVM
 * throws itself. This class also covers errors that Java code throws, such as Netty for direct
 * memory, and JVMs without that option.
 *
 * <p>No other error stops anything. After a StackOverflowError the stack is usable again, and a
 * class that can't be loaded affects only the code that needs it.
 */
public final class Survival {
  /** The exit code, the same as that of the JVM's option. */
  public static final int OUT_OF_MEMORY = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Survival.class);

  /** Created in advance, because there may be no memory for it later. */
  private static final byte[] LINE =
      "anteroom: ends, because its memory has run out (java.lang.OutOfMemoryError)\n"
          .getBytes(StandardCharsets.US_ASCII);

  private static final FileOutputStream STDERR = new FileOutputStream(FileDescriptor.err);

  private Survival() {}

  /**
   * Stops the process if this failure or one of its causes is an OutOfMemoryError; otherwise
   * returns.
   */
  public static void endIfOutOfMemory(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 10; depth++) {
      if (cause instanceof OutOfMemoryError) {
        end();
      }
      cause = cause.getCause();
    }
  }

  /** Runs a task, and passes anything that it throws to {@link #survive}. */
  static void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      survive(e);
    }
  }

  /** Logs a failure that no other code has handled, unless it stops the process. */
  public static void survive(Throwable failure) {
    endIfOutOfMemory(failure);
    LOG.error("a task failed with an unexpected error, which is a bug; the node goes on", failure);
  }

  private static void end() {
    try {
      STDERR.write(LINE);
    } catch (IOException e) {
      // Standard error is closed.
    } finally {
      Runtime.getRuntime().halt(OUT_OF_MEMORY);
    }
  }
}
