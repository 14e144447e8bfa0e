// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of session tickets (RFC 5077, RFC 8446 section 4.6.1) of one listener with OpenSSL; the
 * JDK has keys of its own, which it rotates itself. Each hour has a key, derived from the hour and
 * a secret. Tickets are made with the key of the current hour; tickets of the hour before are still
 * accepted. Thread-safe.
 *
 * <p>Whoever learns the secret can decrypt recorded TLS 1.2 connections that were resumed. So it is
 * random, in memory only, and replaced when the node starts again; unless the operator gives one to
 * several nodes, so that a client resumes its session at each of them. As their clocks differ, the
 * key of the next hour is accepted from them too.
 */
public final class TicketKeys {
  /** How long a key is in use, and how long a session can be resumed at least. */
  static final Duration LIFE = Duration.ofHours(1);

  /** Length of a secret in bytes. */
  public static final int SECRET = 32;

  private final boolean shared;
  private volatile List<byte[]> secrets;

  private TicketKeys(boolean shared, List<byte[]> secrets) {
    this.shared = shared;
    this.secrets = List.copyOf(secrets);
  }

  /** Keys that nobody else has. */
  public static TicketKeys random(SecureRandom random) {
    byte[] secret = new byte[SECRET];
    random.nextBytes(secret);
    return new TicketKeys(false, List.of(secret));
  }

  /**
   * The keys that all have who have these secrets.
   *
   * @param secrets of {@link #SECRET} bytes each; tickets are made with the first
   */
  public static TicketKeys shared(List<byte[]> secrets) {
    return new TicketKeys(true, secrets);
  }

  /** Replaces the secrets, for contexts that are made from now on. */
  public void use(List<byte[]> next) {
    secrets = List.copyOf(next);
  }

  static long hour(Instant now) {
    return now.getEpochSecond() / LIFE.toSeconds();
  }

  /**
   * The keys at this time, the one for new tickets first.
   *
   * @param purpose tickets are only accepted for the purpose that they were made for
   */
  OpenSslSessionTicketKey[] at(Instant now, String purpose) {
    List<OpenSslSessionTicketKey> keys = new ArrayList<>();
    for (byte[] key : bytesAt(now, purpose)) {
      int hmac = OpenSslSessionTicketKey.NAME_SIZE;
      int aes = hmac + OpenSslSessionTicketKey.HMAC_KEY_SIZE;
      keys.add(
          new OpenSslSessionTicketKey(
              Arrays.copyOf(key, hmac),
              Arrays.copyOfRange(key, hmac, aes),
              Arrays.copyOfRange(key, aes, OpenSslSessionTicketKey.TICKET_KEY_SIZE)));
    }
    return keys.toArray(OpenSslSessionTicketKey[]::new);
  }

  /**
   * The same keys as 64 random bytes each, of which a library takes the first as the name, then a
   * key for HMAC, then one for AES.
   */
  List<byte[]> bytesAt(Instant now, String purpose) {
    List<byte[]> keys = new ArrayList<>();
    for (byte[] secret : secrets) {
      keys.add(derived(secret, hour(now), purpose));
      keys.add(derived(secret, hour(now) - 1, purpose));
      if (shared) {
        keys.add(derived(secret, hour(now) + 1, purpose));
      }
    }
    return keys;
  }

  private static byte[] derived(byte[] secret, long hour, String purpose) {
    try {
      Mac mac = Mac.getInstance("HmacSHA512");
      mac.init(new SecretKeySpec(secret, "HmacSHA512"));
      mac.update(ByteBuffer.allocate(Long.BYTES).putLong(hour).flip());
      return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no HMAC", e);
    }
  }
}
