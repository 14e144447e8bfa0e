// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which failures end the process. An {@link OutOfMemoryError} does, at once, so that a
 * supervisor starts the node again: parts of it may be missing, as they could not be allocated. The
 * launcher has the JVM do so ({@code -XX:+ExitOnOutOfMemoryError}), but the JVM looks only at
 * errors that it throws itself. Errors that Java code throws, as Netty does for direct memory, end
 * the process here, and so do all of them in a JVM without that option.
 *
 * <p>No other error ends anything. A stack that overflowed is usable again when the error is
 * caught, and a class that can't be loaded fails only the code that needs it.
 */
public final class Survival {
  /** The exit code, which is that of the JVM's option. */
  public static final int OUT_OF_MEMORY = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Survival.class);

  /** Made beforehand, as there is no memory for it then. */
  private static final byte[] LINE =
      "anteroom: ends, because its memory has run out (java.lang.OutOfMemoryError)\n"
          .getBytes(StandardCharsets.US_ASCII);

  private static final FileOutputStream STDERR = new FileOutputStream(FileDescriptor.err);

  private Survival() {}

  /** Ends the process if this failure, or a cause of it, is of memory; else it returns. */
  public static void endIfOutOfMemory(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 10; depth++) {
      if (cause instanceof OutOfMemoryError) {
        end();
      }
      cause = cause.getCause();
    }
  }

  /** Runs a task; whatever it throws goes to {@link #survive}. */
  static void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      survive(e);
    }
  }

  /** Logs a failure that no other code has handled, unless it ends the process. */
  public static void survive(Throwable failure) {
    endIfOutOfMemory(failure);
    LOG.error("a task failed with an unexpected error, which is a bug; the node goes on", failure);
  }

  private static void end() {
    try {
      STDERR.write(LINE);
    } catch (IOException e) {
      // Nobody reads it.
    } finally {
      Runtime.getRuntime().halt(OUT_OF_MEMORY);
    }
  }
}
