// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;

/** No bytes make the parsers throw, and what is made of bad bytes can be read. */
final class WireFuzzTest {
  private static final long SEED = Long.getLong("anteroom.seed", 20_240_117L);
  private static final int MUTATIONS = 1_000_000;

  private final List<byte[]> packets = Packets.real();
  private final List<WireQuery> queries =
      packets.stream()
          .map(WireQuery::parse)
          .filter(WireQuery.class::isInstance)
          .map(WireQuery.class::cast)
          .toList();

  @Test
  void parseAndAdapt_aMillionMutatedPackets_nothingThrows() throws Exception {
    assertThat(packets).hasSize(200);
    assertThat(queries).hasSize(100);
    Random random = new Random(SEED);
    int read = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      int number = random.nextInt(packets.size());
      byte[] packet = mutate(packets.get(number), random);
      try {
        read += feed(packet, queries.get(number / 2), i % 64 == 0);
      } catch (Exception | AssertionError | StackOverflowError e) {
        String where = "seed " + SEED + ", mutation " + i + ", packet " + Packets.hex(packet);
        throw new AssertionError(where, e);
      }
    }
    // Most mutations must get past the header, or this test would test nothing.
    assertThat(read).isGreaterThan(MUTATIONS / 4);
  }

  /** Returns 1 if the packet could be read. */
  private static int feed(byte[] packet, WireQuery original, boolean crossCheck) throws Exception {
    int read = 0;
    ParsedQuery parsed = WireQuery.parse(packet);
    if (parsed instanceof WireQuery query) {
      read = 1;
      assertThat(query.name().length()).isBetween(1, 255);
      assertThat(query.udpLimit()).isBetween(512, 1232);
      byte[] upstream = Answers.upstreamQuery(query, 1, true, 1232, null);
      byte[] refused = Answers.fit(query, Answers.refuseAny(query), 512);
      if (crossCheck) {
        assertThat(new Message(upstream).getQuestion()).isNotNull();
        assertThat(new Message(refused).getHeader().getID()).isEqualTo(query.id());
      }
    } else if (parsed instanceof ParsedQuery.Rejected rejected && rejected.answer() != null) {
      assertThat(rejected.answer().length).isGreaterThanOrEqualTo(12);
      if (crossCheck) {
        new Message(rejected.answer());
      }
    }
    WireAnswer answer = WireAnswer.parse(packet);
    return answer == null ? read : adapt(answer, original, crossCheck);
  }

  private static int adapt(WireAnswer answer, WireQuery original, boolean crossCheck)
      throws Exception {
    byte[] adapted = Answers.adapt(original, answer);
    byte[] fitted = Answers.fit(original, adapted, original.udpLimit());
    assertThat(fitted.length).isLessThanOrEqualTo(original.udpLimit());
    assertThat(Octets.u16(adapted, 0)).isEqualTo(original.id());
    WireAnswer again = WireAnswer.parse(adapted);
    assertThat(again).isNotNull();
    assertThat(again.answersExactly(original.bytes(), original.questionEnd())).isTrue();
    assertThat(again.hasEdns()).isEqualTo(original.hasEdns());
    if (crossCheck) {
      new Message(fitted.length < adapted.length ? fitted : header(fitted, original));
    }
    return 1;
  }

  /** Records with mutated data are beyond what dnsjava takes; header and question are not. */
  private static byte[] header(byte[] answer, WireQuery query) {
    byte[] head = Arrays.copyOf(answer, query.questionEnd());
    Arrays.fill(head, 6, 12, (byte) 0);
    return head;
  }

  static byte[] mutate(byte[] packet, Random random) {
    byte[] out = packet.clone();
    int times = 1 + random.nextInt(4);
    for (int i = 0; i < times; i++) {
      out = mutateOnce(out, random);
    }
    return out;
  }

  private static byte[] mutateOnce(byte[] in, Random random) {
    if (in.length < 2) {
      return in;
    }
    int at = random.nextInt(in.length);
    byte[] out = in.clone();
    switch (random.nextInt(8)) {
      case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> out[at] = (byte) random.nextInt();
      case 2 -> out[at] = (byte) (0xc0 | random.nextInt(2));
      case 3 -> out[at] = (byte) (random.nextBoolean() ? 0xff : 0);
      case 4 -> out = Arrays.copyOf(in, at);
      case 5 -> out = Arrays.copyOf(in, in.length + random.nextInt(16));
      case 6 -> Octets.put16(out, random.nextInt(in.length - 1), random.nextInt(in.length + 8));
      default -> System.arraycopy(in, at, out, 0, Math.min(in.length - at, random.nextInt(32)));
    }
    return out;
  }
}
