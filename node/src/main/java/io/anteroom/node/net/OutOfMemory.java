// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What becomes of a process whose memory has run out: it ends at once, so that a supervisor starts
 * another. To go on would mean to go on without whatever could not be made. The launcher has the
 * JVM do so ({@code -XX:+ExitOnOutOfMemoryError}), but that is for the heap only: what Java code
 * throws, as Netty does for direct memory, comes here, and so does all in a JVM without that
 * option.
 *
 * <p>Any other {@link Error} ends nothing. A stack that overflowed is whole again when the error is
 * caught, and a class that can't be loaded concerns who needs it.
 */
public final class OutOfMemory {
  /** The exit code, which is that of the JVM's option. */
  public static final int EXIT_CODE = 3;

  /** Made beforehand, as there is no memory for it then. */
  private static final byte[] LINE =
      "anteroom: ends, because its memory has run out (java.lang.OutOfMemoryError)\n"
          .getBytes(StandardCharsets.US_ASCII);

  private static final FileOutputStream STDERR = new FileOutputStream(FileDescriptor.err);

  private OutOfMemory() {}

  /** Ends the process if this failure, or a cause of it, is of memory; else it returns. */
  public static void endsProcess(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 10; depth++) {
      if (cause instanceof OutOfMemoryError) {
        end();
      }
      cause = cause.getCause();
    }
  }

  private static void end() {
    try {
      STDERR.write(LINE);
    } catch (IOException e) {
      // Nobody reads it.
    } finally {
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }
}
