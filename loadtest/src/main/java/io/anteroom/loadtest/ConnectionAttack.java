// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.loadtest.Crowd.Burst;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * An attack by many connections to the DNS port or to the admin interface.
 *
 * @param admin whether it is the admin interface
 */
record ConnectionAttack(
    int size,
    IntFunction<InetAddress> from,
    Crowd.Script script,
    boolean admin,
    Newcomer.Kind newcomer,
    String openFiles)
    implements Attack {

  private static final String ALL_FILES = "hard";
  private static final int PIPELINED = 100;
  private static final int FRAMES_BYTES = 64 << 10;
  private static final int BURSTS = 16;
  private static final int LARGEST = 0xffff;
  private static final long HOARD_NANOS = TimeUnit.SECONDS.toNanos(8);

  /** Option 12 of EDNS, in an OPT record with the root as its name. */
  private static final int OPT = 41;

  private static final int PADDING = 12;

  @Override
  public void run(Target target) throws IOException {
    int port = admin ? target.ports().admin() : target.ports().dns();
    try (Crowd crowd = new Crowd(port, size, from, script, target.sent())) {
      crowd.run(target);
    }
  }

  /**
   * Fills connections with queries that nobody answers, and then with 1 MB of frames each: too
   * short for a header, or just long enough.
   */
  static Attack smallFrames() {
    Burst tooShort = repeat(Packets.framed(new byte[1]));
    Burst headers = repeat(Packets.framed(new byte[12]));
    return dns(
        400,
        (connection, step, age) -> {
          if (step == 0) {
            return silentQueries(connection);
          }
          return step > BURSTS ? null : connection % 2 == 0 ? tooShort : headers;
        });
  }

  /** Queries that nobody answers, each as large as a frame can be. */
  static Attack paddedQueries() {
    return dns(
        120,
        (connection, step, age) ->
            step < PIPELINED ? new Burst(padded(connection, step), 1) : null);
  }

  /** Holds connections with one query each 8 s; half from one address, half from one /24. */
  static Attack hoard() {
    return new ConnectionAttack(
        1_200,
        i -> Crowd.address(1 + i % 2, 0, i % 2 == 0 ? 1 : 1 + i / 2 % 250),
        ConnectionAttack::hoarding,
        false,
        Newcomer.Kind.TCP,
        ALL_FILES);
  }

  /** Connections from many networks to a node that may have fewer files open. */
  static Attack descriptors() {
    return new ConnectionAttack(
        900, Crowd::anywhere, ConnectionAttack::hoarding, false, Newcomer.Kind.NONE, "300");
  }

  /** Connections to the admin interface on which nothing is said, or half a request. */
  static Attack idleAdmin() {
    byte[] half = "GET /metrics HTTP/1.1\r\nHost: ".getBytes(StandardCharsets.US_ASCII);
    return new ConnectionAttack(
        200,
        i -> i % 2 == 0 ? Crowd.address(1, 0, 1) : Crowd.anywhere(i),
        (connection, step, age) -> step == 0 && connection % 4 < 2 ? new Burst(half, 1) : null,
        true,
        Newcomer.Kind.HEALTH,
        ALL_FILES);
  }

  private static Attack dns(int size, Crowd.Script script) {
    return new ConnectionAttack(
        size, Crowd::anywhere, script, false, Newcomer.Kind.NONE, ALL_FILES);
  }

  private static @Nullable Burst hoarding(int connection, int step, long ageNanos) {
    if (ageNanos < step * HOARD_NANOS) {
      return null;
    }
    byte[] name = Packets.name("held" + connection + ".attack.test");
    return new Burst(Packets.framed(Packets.query(name, step)), 1);
  }

  private static Burst silentQueries(int connection) {
    ByteBuffer frames = ByteBuffer.allocate(PIPELINED * 64);
    for (int i = 0; i < PIPELINED; i++) {
      byte[] name = QuietUpstream.silentName(connection * PIPELINED + i);
      frames.put(Packets.framed(Packets.query(name, i)));
    }
    byte[] bytes = new byte[frames.flip().remaining()];
    frames.get(bytes);
    return new Burst(bytes, PIPELINED);
  }

  private static Burst repeat(byte[] frame) {
    int frames = FRAMES_BYTES / frame.length;
    ByteBuffer bytes = ByteBuffer.allocate(frames * frame.length);
    for (int i = 0; i < frames; i++) {
      bytes.put(frame);
    }
    return new Burst(bytes.array(), frames);
  }

  /** With zeros behind the last record, or in an EDNS option, where they belong. */
  private static byte[] padded(int connection, int step) {
    byte[] query = Packets.query(QuietUpstream.silentName(connection * PIPELINED + step), step);
    ByteBuffer frame = ByteBuffer.allocate(2 + LARGEST).putShort((short) LARGEST).put(query);
    if (connection % 2 != 0) {
      int padding = frame.remaining() - 15;
      frame.put((byte) 0).putShort((short) OPT).putShort((short) 1232).putInt(0);
      frame.putShort((short) (padding + 4)).putShort((short) PADDING).putShort((short) padding);
      frame.putShort(2 + 10, (short) 1);
    }
    return frame.array();
  }
}
