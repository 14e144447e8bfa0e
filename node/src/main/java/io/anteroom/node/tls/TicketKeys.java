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
 * <p>Whoever learns the secret can decrypt recorded TLS 1.2 connections that were resumed, so it is
 * random, in memory only, and replaced when the node starts again.
 */
final class TicketKeys {
  /** How long a key is in use, and how long a session can be resumed at least. */
  static final Duration LIFE = Duration.ofHours(1);

  private static final int SECRET = 32;

  private final byte[] secret;

  private TicketKeys(byte[] secret) {
    this.secret = secret;
  }

  static TicketKeys random(SecureRandom random) {
    byte[] secret = new byte[SECRET];
    random.nextBytes(secret);
    return new TicketKeys(secret);
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
    return List.of(derived(hour(now), purpose), derived(hour(now) - 1, purpose));
  }

  private byte[] derived(long hour, String purpose) {
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
