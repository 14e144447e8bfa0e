// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Makes and checks server cookies (RFC 7873) as RFC 9018 section 4 has them, so that servers of
 * different makes that have the same secret accept each other's. Immutable.
 *
 * <p>A server cookie has 16 bytes: version 1, three bytes that are 0, the time in seconds, and
 * SipHash-2-4 of the client cookie, these eight bytes and the client's address. All numbers of
 * SipHash are little-endian; the time is not. Times are compared as serial numbers (RFC 1982),
 * which wrap in 2106.
 */
public final class ServerCookies {
  /** The length of a secret in bytes. */
  public static final int SECRET = 16;

  private static final int CLIENT = 8;
  private static final int BOTH = CLIENT + 16;
  private static final int LEAST_BOTH = CLIENT + 8;
  private static final int MOST_BOTH = CLIENT + 32;

  private static final int HEADER_AT = CLIENT;
  private static final int TIME_AT = CLIENT + 4;
  private static final int HASH_AT = CLIENT + 8;
  private static final byte VERSION = 1;

  /** The times in seconds of RFC 9018 section 4.3. */
  private static final int RENEWED_AFTER = 30 * 60;

  private static final int VALID_FOR = 60 * 60;
  private static final int MAX_AHEAD = 5 * 60;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final List<KeyedHash> hashes;

  /**
   * The cookie for the answer to a query.
   *
   * @param option the COOKIE option; empty for a client that sent none
   * @param state whether the client had a valid server cookie, which only its own address can get
   */
  public record Cookie(byte[] option, State state) {
    /** No cookie. */
    public static final Cookie NONE = new Cookie(Edns.NO_OPTIONS, State.NONE);

    /** One of our answers, with this cookie. */
    public byte[] addTo(byte[] answer) {
      return state == State.NONE ? answer : Answers.withOption(answer, option);
    }

    /** Whether the query certainly came from the address that it has. */
    public boolean isValid() {
      return state == State.VALID;
    }
  }

  /** What a client sent. */
  public enum State {
    /** No cookie. */
    NONE,
    /** Only a client cookie. */
    FIRST,
    /** A server cookie that is valid now for its address. */
    VALID,
    /** A server cookie that is not. */
    INVALID
  }

  /**
   * Cookies with these secrets.
   *
   * @param secrets at least one, each of {@value #SECRET} bytes. Cookies are made with the first;
   *     those made with any are accepted
   */
  public ServerCookies(List<byte[]> secrets) {
    this.hashes = secrets.stream().map(ServerCookies::hash).toList();
    if (hashes.isEmpty()) {
      throw new IllegalArgumentException("no secret");
    }
  }

  private static KeyedHash hash(byte[] secret) {
    if (secret.length != SECRET) {
      throw new IllegalArgumentException("a secret has " + SECRET + " bytes");
    }
    return KeyedHash.of((long) LONG.get(secret, 0), (long) LONG.get(secret, Long.BYTES));
  }

  /** Whether the option may have so many bytes (RFC 7873 section 4). */
  static boolean isLength(int length) {
    return length == CLIENT || (length >= LEAST_BOTH && length <= MOST_BOTH);
  }

  /**
   * The cookie for the answer to this query. A valid cookie is repeated, or replaced if it is older
   * than 30 minutes or made with an earlier secret.
   *
   * @param nowSeconds seconds since 1970, modulo 2^32
   */
  public Cookie answer(WireQuery query, InetAddress client, int nowSeconds) {
    byte[] sent = query.cookie();
    if (sent == null) {
      return Cookie.NONE;
    }
    byte[] address = client.getAddress();
    int by = maker(sent, address, nowSeconds);
    int age = sent.length == BOTH ? nowSeconds - (int) Octets.u32(sent, TIME_AT) : 0;
    if (by == 0 && age <= RENEWED_AFTER) {
      return new Cookie(Edns.option(Edns.COOKIE, sent), State.VALID);
    }
    State state = by >= 0 ? State.VALID : sent.length == CLIENT ? State.FIRST : State.INVALID;
    return new Cookie(Edns.option(Edns.COOKIE, fresh(sent, address, nowSeconds)), state);
  }

  /** The number of the secret that a valid cookie was made with; -1 if it is not valid. */
  private int maker(byte[] sent, byte[] address, int nowSeconds) {
    if (sent.length != BOTH || sent[HEADER_AT] != VERSION) {
      return -1;
    }
    int age = nowSeconds - (int) Octets.u32(sent, TIME_AT);
    if (age > VALID_FOR || age < -MAX_AHEAD) {
      return -1;
    }
    for (int i = 0; i < hashes.size(); i++) {
      if (hashOf(hashes.get(i), sent, address) == (long) LONG.get(sent, HASH_AT)) {
        return i;
      }
    }
    return -1;
  }

  private byte[] fresh(byte[] sent, byte[] address, int nowSeconds) {
    byte[] both = new byte[BOTH];
    System.arraycopy(sent, 0, both, 0, CLIENT);
    both[HEADER_AT] = VERSION;
    Octets.put32(both, TIME_AT, nowSeconds);
    LONG.set(both, HASH_AT, hashOf(hashes.get(0), both, address));
    return both;
  }

  private static long hashOf(KeyedHash hash, byte[] both, byte[] address) {
    long client = (long) LONG.get(both, 0);
    long header = (long) LONG.get(both, HEADER_AT);
    return address.length == Integer.BYTES
        ? hash.unguessable(client, header, (int) INT.get(address, 0))
        : hash.unguessable(
            client, header, (long) LONG.get(address, 0), (long) LONG.get(address, Long.BYTES));
  }
}
