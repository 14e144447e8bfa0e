// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

final class QuestionTest {
  @Test
  void question_ofUsualQuery_isRead() throws Exception {
    assertThat(Question.of(query("WWW.Anteroom.Test.", Type.AAAA)))
        .isEqualTo(new Question("www.anteroom.test", 28, 1));
  }

  @Test
  void question_ofRoot_isADot() throws Exception {
    assertThat(Question.of(query(".", Type.NS))).isEqualTo(new Question(".", 2, 1));
  }

  @Test
  void question_withOddBytes_isEscaped() throws Exception {
    String name = "a\\.b\\\\c\\000\\255.x*y.test";

    assertThat(Question.of(query(name + ".", Type.A)).name()).isEqualTo(name);
  }

  @Test
  void question_ofLongestName_isRead() throws Exception {
    String label = "x".repeat(63) + ".";
    String name = label + label + label + "x".repeat(61);

    assertThat(Question.of(query(name + ".", Type.A)).name()).isEqualTo(name);
  }

  @Test
  void question_thatIsAbsent_isRefused() {
    assertThatThrownBy(() -> Question.of(new Message().toWire()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void question_cutAnywhere_isRefused() throws Exception {
    byte[] query = query("www.anteroom.test.", Type.A);

    for (int length = 0; length < query.length; length++) {
      byte[] cut = Arrays.copyOf(query, length);
      assertThatThrownBy(() -> Question.of(cut)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void question_ofGarbage_isReadOrRefused() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      byte[] garbage = new byte[random.nextInt(300)];
      random.nextBytes(garbage);
      try {
        assertThat(Question.of(garbage).name()).as("seed %d", seed).isNotEmpty();
      } catch (IllegalArgumentException e) {
        // Which is what it says it does.
      }
    }
  }

  private static byte[] query(String name, int type) throws Exception {
    return Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN)).toWire();
  }
}
