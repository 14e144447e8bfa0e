// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** What is kept of an answer is the answer. */
final class StoredAnswerTest {
  private static final long SEED = Long.getLong("anteroom.seed", 20_250_308L);
  private static final TtlLimits LONG = new TtlLimits(0, 1 << 30, 1 << 30, 5);

  private final List<byte[]> packets = Packets.real();

  @Test
  void aged_everyKindOfAnswer_isWhatTheServerSaidButForItsOpt() throws Exception {
    int kept = 0;
    for (int i = 0; i < packets.size(); i += 2) {
      WireQuery query = Packets.parsed(packets.get(i));
      WireAnswer answer = WireAnswer.parse(packets.get(i + 1));
      byte[] stored = new AnswerStore(answer, LONG).store();
      if (stored != null && !StoredAnswer.isFailure(stored) && answer.rcode() == Rcode.NOERROR) {
        kept++;
        Message fresh = new Message(Answers.adapt(query, answer));
        Message again = new Message(StoredAnswer.aged(stored, query, 0));
        for (int section = Section.QUESTION; section < Section.ADDITIONAL; section++) {
          assertThat(again.getSection(section)).isEqualTo(fresh.getSection(section));
        }
        assertThat(again.getHeader().toString()).isEqualTo(fresh.getHeader().toString());
      }
    }
    assertThat(kept).isGreaterThan(40);
  }

  @Test
  void store_aMillionMutatedAnswers_nothingThrows_andWhatIsKeptCanBeRead() {
    Random random = new Random(SEED);
    int kept = 0;
    for (int i = 0; i < 1_000_000; i++) {
      int number = random.nextInt(packets.size() / 2);
      byte[] packet = WireFuzzTest.mutate(packets.get(2 * number + 1), random);
      WireQuery query = Packets.parsed(packets.get(2 * number));
      try {
        kept += store(packet, query);
      } catch (RuntimeException | AssertionError e) {
        String where = "seed " + SEED + ", mutation " + i + ", packet " + Packets.hex(packet);
        throw new AssertionError(where, e);
      }
    }
    assertThat(kept).isGreaterThan(100_000);
  }

  private static int store(byte[] packet, WireQuery query) {
    WireAnswer answer = WireAnswer.parse(packet);
    if (answer == null || !answer.answers(query)) {
      return 0;
    }
    byte[] stored = new AnswerStore(answer, TtlLimits.DEFAULT).store();
    if (stored == null) {
      return 0;
    }
    assertThat(StoredAnswer.lifeSeconds(stored)).isBetween(1, TtlLimits.MAX_TTL);
    byte[] given = StoredAnswer.withTtl(stored, query, 30);
    assertThat(WireAnswer.parse(given)).isNotNull();
    return 1;
  }
}
