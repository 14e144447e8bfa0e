// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import java.util.ServiceConfigurationError;
import org.jspecify.annotations.Nullable;

/** Describes what a policy's code throws in one line, with the place in that code. */
final class AuthorErrors {
  private static final int MAX_TEXT = 500;
  private static final int MAX_CAUSES = 10;

  private AuthorErrors() {}

  /** The name and message of what was thrown, and the highest frame that is of the jar. */
  static String text(Throwable thrown, JarClassLoader loader) {
    Throwable cause = unwrapped(thrown);
    try {
      return oneLine(cause.toString()) + place(cause, loader);
    } catch (Throwable e) {
      // The methods of an exception may be the author's, too.
      return cause.getClass().getName() + ", which can't be described";
    }
  }

  /** What the author's code threw, without what the JVM wrapped around it. */
  private static Throwable unwrapped(Throwable thrown) {
    Throwable found = thrown;
    for (int i = 0; i < MAX_CAUSES; i++) {
      boolean wrapper =
          found instanceof ExceptionInInitializerError
              || found instanceof ServiceConfigurationError;
      Throwable cause = wrapper ? found.getCause() : null;
      if (cause == null) {
        return found;
      }
      found = cause;
    }
    return found;
  }

  private static String place(Throwable thrown, JarClassLoader loader) {
    StackTraceElement[] frames = thrown.getStackTrace();
    if (frames.length == 0) {
      return " (without its place, which the JVM gives with -XX:-OmitStackTraceInFastThrow)";
    }
    for (StackTraceElement frame : frames) {
      if (loader.getName().equals(frame.getClassLoaderName())) {
        return " at %s.%s(%s:%d)"
            .formatted(
                frame.getClassName(),
                frame.getMethodName(),
                frame.getFileName(),
                frame.getLineNumber());
      }
    }
    return "";
  }

  /** Text that is safe and short enough for one line of a log. */
  static String oneLine(@Nullable String text) {
    String known = String.valueOf(text);
    String cut = known.length() > MAX_TEXT ? known.substring(0, MAX_TEXT) + "..." : known;
    return cut.replaceAll("\\p{Cntrl}+", " ");
  }
}
