// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * By what it is seen that a file has changed: another time, another size, or another file.
 *
 * @param modified null if it is not there
 * @param key the file's own, where the system has such a thing
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
