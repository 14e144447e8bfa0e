// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secret that authorizes requests ({@link Guard}): 32 random bytes in Base64, in a file that
 * only its owner may read. All nodes of one user on one machine share it.
 */
public final class AdminToken {
  private static final Logger LOG = LoggerFactory.getLogger(AdminToken.class);
  private static final int BYTES = 32;

  /** In characters; a shorter token could be guessed. */
  private static final int MIN_LENGTH = 32;

  private final byte[] secret;

  private AdminToken(String secret) {
    this.secret = secret.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads the token from the file, which is created if it does not exist.
   *
   * @throws IOException with a message for the operator
   */
  public static AdminToken openOrCreate(Path file, SecureRandom random) throws IOException {
    if (!Files.exists(file)) {
      create(file, random);
    }
    String text = read(file);
    if (text.length() < MIN_LENGTH) {
      throw new IOException(
          "the admin token in %s has less than %d characters; remove the file, and a new one is made"
              .formatted(file, MIN_LENGTH));
    }
    warnIfOthersMayRead(file);
    return new AdminToken(text);
  }

  /**
   * Reads the token from a file.
   *
   * @throws IOException with a message for the operator
   */
  public static String read(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException("can't read the admin token in " + file + ": it is no regular file");
    }
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      throw new IOException("there is no admin token in " + file, e);
    } catch (IOException e) {
      throw new IOException("can't read the admin token in " + file + ": " + reason(e), e);
    }
  }

  /** Whether this is the token, compared in constant time. */
  boolean matches(String candidate) {
    return MessageDigest.isEqual(secret, candidate.getBytes(StandardCharsets.UTF_8));
  }

  /** If several nodes start at the same time, all use the token that was created first. */
  private static void create(Path file, SecureRandom random) throws IOException {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "\n";
    Path directory = file.toAbsolutePath().resolveSibling("");
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(directory, only("rwx------"));
      }
      Path unfinished = Files.createTempFile(directory, ".admin", ".token", only("rw-------"));
      try {
        Files.writeString(unfinished, token);
        Files.createLink(file, unfinished);
      } catch (FileAlreadyExistsException e) {
        LOG.debug("another node has made {} meanwhile", file);
      } finally {
        Files.delete(unfinished);
      }
    } catch (IOException | UnsupportedOperationException e) {
      throw new IOException(
          "can't make the admin token %s: %s; set admin.token-file, or admin = off"
              .formatted(file, reason(e)),
          e);
    }
  }

  private static String reason(Exception failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    return failure instanceof UnsupportedOperationException
        ? "files have no permissions here"
        : String.valueOf(failure.getMessage());
  }

  private static FileAttribute<Set<PosixFilePermission>> only(String who) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(who));
  }

  private static void warnIfOthersMayRead(Path file) throws IOException {
    try {
      Set<PosixFilePermission> who = Files.getPosixFilePermissions(file);
      if (who.contains(PosixFilePermission.GROUP_READ)
          || who.contains(PosixFilePermission.OTHERS_READ)) {
        LOG.warn("others than its owner may read the admin token {}", file);
      }
    } catch (UnsupportedOperationException e) {
      LOG.warn("can't tell who may read the admin token {}", file);
    }
  }
}
