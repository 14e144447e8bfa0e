// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** A file operation failed. The message has the file and the reason, for the author of a policy. */
final class FileFailure extends IOException {
  private static final long serialVersionUID = 1L;

  FileFailure(String file, String why) {
    super(file.replace('\0', '?').replace('\n', '?') + ": " + why);
  }

  FileFailure(String file, IOException cause) {
    this(file, reason(cause));
  }

  /** The reason in the words of the system, without the path. */
  static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    } else if (e instanceof AccessDeniedException) {
      return "permission denied";
    } else if (e instanceof NotDirectoryException) {
      return "is no directory";
    } else if (e instanceof FileAlreadyExistsException) {
      return "exists";
    } else if (e instanceof ClosedByInterruptException) {
      return "the task was stopped";
    } else if (e instanceof FileSystemException failure && failure.getReason() != null) {
      // What O_NOFOLLOW says of a link.
      return failure.getReason().startsWith("Too many levels of symbolic links")
          ? "is a symbolic link, which is not followed"
          : failure.getReason();
    }
    return String.valueOf(e.getMessage());
  }
}
