// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * Identifies a version of a file by its modification time, size and file key.
 *
 * @param modified null if the file does not exist
 * @param key the file key, if the system supports it
 */
record FileStamp(Path file, @Nullable FileTime modified, long size, @Nullable Object key) {
  static FileStamp of(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return new FileStamp(file, now.lastModifiedTime(), now.size(), now.fileKey());
    } catch (IOException e) {
      return new FileStamp(file, null, 0, null);
    }
  }
}
