// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Section 2: where a name does not exist, nothing below it does; and the other way round. */
final class Rfc8020CutTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {"none.zone.example.", "a.none.zone.example.", "a.b.c.d.none.zone.example."})
  void section2_belowANameThatDoesNotExist_nothingDoes(String name) throws IOException {
    LocalZones zones = ZoneTests.load(directory, ZoneTests.zone("a.deep A 192.0.2.1"));
    for (int type : new int[] {Type.A, Type.TXT, Type.NS, Type.ANY}) {
      Message answer = ZoneTests.answer(zones, name, type);
      assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
  }

  @Test
  void section2_aboveANameThatExists_allDo() throws IOException {
    LocalZones zones = ZoneTests.load(directory, ZoneTests.zone("a.b.deep A 192.0.2.1"));
    for (String name : List.of("b.deep.zone.example.", "deep.zone.example.")) {
      assertThat(ZoneTests.answer(zones, name, Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void specialNames_belowThoseThatDoNotExist_nothingDoes() throws IOException {
    SpecialNames names = SpecialNames.except(List.of());
    for (String name : List.of("invalid.", "a.invalid.", "a.b.c.invalid.", "z.y.x.test.")) {
      byte[] answer = names.answer(ZoneTests.query(name, Type.A));
      assertThat(answer).isNotNull();
      assertThat(new Message(answer).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
  }
}
