// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proofs of a client's address (RFC 9000 section 8.1.2). Each connection begins with one: the node
 * answers a first packet with a Retry, which is shorter than that packet and leaves nothing behind,
 * and makes a connection only for a client that has received it. So a forged address costs neither
 * memory nor a signature, and its owner gets no more than was sent in its name.
 *
 * <p>A token is the time, a MAC over the time, the client's address and port and the connection ID,
 * and the connection ID that the client had chosen. It is good for half a minute. The key is random
 * and replaced each hour. One for each socket, for the event loop of the socket.
 */
final class RetryTokens implements QuicTokenHandler {
  /** Connection IDs of this node, in bytes. */
  static final int ID_LENGTH = 16;

  private static final int MAX_ID_LENGTH = 20;
  private static final int MAC_LENGTH = 16;
  private static final int FIXED = Long.BYTES + MAC_LENGTH;
  private static final int KEY_LENGTH = 32;
  private static final long GOOD_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long KEY_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final String HMAC = "HmacSHA256";

  private final SecureRandom random;
  private final HandshakeLimits limits;
  private final Counters<Counter> counters;
  private final LongSupplier nanoTime;
  private Mac current;
  private Mac previous;
  private long keySince;

  RetryTokens(
      SecureRandom random,
      HandshakeLimits limits,
      Counters<Counter> counters,
      LongSupplier nanoTime) {
    this.random = random;
    this.limits = limits;
    this.counters = counters;
    this.nanoTime = nanoTime;
    this.current = newKey();
    this.previous = current;
    this.keySince = nanoTime.getAsLong();
  }

  private Mac newKey() {
    byte[] key = new byte[KEY_LENGTH];
    random.nextBytes(key);
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no HMAC", e);
    }
  }

  private void rotate(long now) {
    if (now - keySince >= KEY_NANOS) {
      previous = current;
      current = newKey();
      keySince = now;
    }
  }

  @Override
  public boolean writeToken(ByteBuf out, ByteBuf id, InetSocketAddress client) {
    long now = nanoTime.getAsLong();
    rotate(now);
    byte[] chosen = bytes(id, 0);
    out.writeLong(now).writeBytes(mac(current, now, client, chosen)).writeBytes(chosen);
    counters.increment(Counter.QUIC_RETRIES);
    return true;
  }

  @Override
  public TokenValidationResult validateToken(ByteBuf token, InetSocketAddress client, ByteBuf id) {
    if (!isGood(token, client) || id.readableBytes() != ID_LENGTH) {
      counters.increment(Counter.QUIC_BAD_TOKENS);
      return TokenValidationResult.invalidToken();
    }
    Counter refused = limits.refuse(client.getAddress());
    if (refused != null) {
      // The client repeats its packet, later each time.
      counters.increment(refused);
      return TokenValidationResult.invalidToken();
    }
    return TokenValidationResult.odcidFromToken(FIXED);
  }

  private boolean isGood(ByteBuf token, InetSocketAddress client) {
    int length = token.readableBytes();
    if (length < FIXED || length > maxTokenLength()) {
      return false;
    }
    long then = token.getLong(token.readerIndex());
    long age = nanoTime.getAsLong() - then;
    if (age < 0 || age > GOOD_NANOS) {
      return false;
    }
    byte[] said = new byte[MAC_LENGTH];
    token.getBytes(token.readerIndex() + Long.BYTES, said);
    byte[] chosen = bytes(token, FIXED);
    return MessageDigest.isEqual(said, mac(current, then, client, chosen))
        || MessageDigest.isEqual(said, mac(previous, then, client, chosen));
  }

  private static byte[] bytes(ByteBuf from, int skip) {
    byte[] bytes = new byte[from.readableBytes() - skip];
    from.getBytes(from.readerIndex() + skip, bytes);
    return bytes;
  }

  private static byte[] mac(Mac mac, long time, InetSocketAddress client, byte[] id) {
    byte[] address = client.getAddress().getAddress();
    mac.update(
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES + 1)
            .putLong(time)
            .putInt(client.getPort())
            .put((byte) address.length)
            .flip());
    mac.update(address);
    return Arrays.copyOf(mac.doFinal(id), MAC_LENGTH);
  }

  /** Not called, as the other method has all that is needed. */
  @Override
  public int validateToken(ByteBuf token, InetSocketAddress client) {
    return -1;
  }

  @Override
  public int maxTokenLength() {
    return FIXED + MAX_ID_LENGTH;
  }
}
