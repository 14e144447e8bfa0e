// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.protocol.policy.PolicyApi;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The content of a policy's jar. It is read at once and kept in memory, because an operator may
 * replace the file while classes are still being loaded, and the JVM crashes or reads garbage if a
 * jar that it has opened changes. Immutable.
 */
final class PolicyJar {
  /** Maximum size of the content in bytes, not compressed. */
  static final int MAX_BYTES = 64 << 20;

  private static final String MANIFEST = "META-INF/MANIFEST.MF";

  /** The record at the end of a jar, without a comment. */
  private static final int END_LENGTH = 22;

  private static final int END_SIGNATURE = 0x06054b50;
  private static final int MAX_COMMENT = 0xffff;

  private final String name;
  private final Map<String, byte[]> entries;

  private PolicyJar(String name, Map<String, byte[]> entries) {
    this.name = name;
    this.entries = entries;
  }

  /**
   * Reads a file and checks the version of its API.
   *
   * @param name what messages call it
   */
  static PolicyJar read(Path file, String name) throws PolicyLoadFailure {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw tooLarge(name);
      }
      byte[] bytes = Files.readAllBytes(file);
      PolicyJar jar = new PolicyJar(name, unpack(bytes, name));
      jar.checkVersion();
      return jar;
    } catch (EOFException | ZipException e) {
      throw new PolicyLoadFailure(name + " is damaged or not complete: " + e.getMessage());
    } catch (IOException e) {
      throw new PolicyLoadFailure(name + " can't be read: " + e);
    }
  }

  private static Map<String, byte[]> unpack(byte[] bytes, String name)
      throws IOException, PolicyLoadFailure {
    Map<String, byte[]> entries = new HashMap<>();
    int count = 0;
    int left = MAX_BYTES;
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        count++;
        if (!entry.isDirectory()) {
          byte[] content = zip.readNBytes(left + 1);
          left -= content.length;
          if (left < 0) {
            throw tooLarge(name);
          }
          entries.put(entry.getName(), content);
        }
      }
    } catch (IllegalArgumentException e) {
      throw new ZipException("a name in it is not UTF-8");
    }
    if (count == 0) {
      throw new PolicyLoadFailure(name + " is no jar");
    }
    // Without this check, a jar that was cut between two entries would look whole.
    if (entriesAtEnd(bytes) != (count & 0xffff)) {
      throw new EOFException("its end is missing");
    }
    return entries;
  }

  /** The number of entries that the end of a jar states; -1 if there is no end. */
  private static int entriesAtEnd(byte[] jar) {
    int last = jar.length - END_LENGTH;
    for (int at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
      if (little16(jar, at) == (END_SIGNATURE & 0xffff)
          && little16(jar, at + 2) == END_SIGNATURE >>> 16) {
        return little16(jar, at + 10);
      }
    }
    return -1;
  }

  private static int little16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
  }

  private void checkVersion() throws PolicyLoadFailure {
    String version = manifest().getMainAttributes().getValue(PolicyApi.ATTRIBUTE);
    if (version == null) {
      throw new PolicyLoadFailure(
          "%s has no attribute %s in its manifest, so it is no jar of a policy"
              .formatted(name, PolicyApi.ATTRIBUTE));
    } else if (!version.strip().equals(PolicyApi.VERSION)) {
      throw new PolicyLoadFailure(
          "%s is for version %s of the policy API, but this node has version %s"
              .formatted(name, version.strip(), PolicyApi.VERSION));
    }
  }

  private Manifest manifest() throws PolicyLoadFailure {
    byte[] content = entries.get(MANIFEST);
    if (content == null) {
      throw new PolicyLoadFailure(name + " has no manifest, so it is no jar of a policy");
    }
    try (InputStream in = new ByteArrayInputStream(content)) {
      return new Manifest(in);
    } catch (IOException e) {
      throw new PolicyLoadFailure(name + " has a manifest that can't be read: " + e.getMessage());
    }
  }

  private static PolicyLoadFailure tooLarge(String name) {
    return new PolicyLoadFailure(
        "%s is larger than %d MB, or unpacks to more".formatted(name, MAX_BYTES >> 20));
  }

  /** What messages call it: its path below the directory of policies. */
  String name() {
    return name;
  }

  /** The content of a file in the jar; null if there is none. The caller must not change it. */
  byte @Nullable [] entry(String path) {
    return entries.get(path);
  }
}
