// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.blocklist;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

class BlocklistFilterTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  @ParameterizedTest
  @CsvSource({
    "blocked.anteroom.test., true",
    "BLOCKED.Anteroom.TEST., true",
    "a.b.blocked.anteroom.test., true",
    "notblocked.anteroom.test., false",
    "anteroom.test., false",
    "a\\.blocked.anteroom.test., false",
    "., false"
  })
  void decide_listedNameAndBelow_isRefused(String name, boolean refused) throws Exception {
    Verdict verdict = decide(Blocklist.of(List.of("Blocked.anteroom.test.")), name, LONG);

    assertThat(verdict.decision() instanceof Decision.Rcode).isEqualTo(refused);
  }

  @Test
  void decide_listedName_saysWhy() throws Exception {
    Verdict verdict = decide(Blocklist.of(List.of("bad.test")), "bad.test.", LONG);

    assertThat(verdict.decision()).isEqualTo(new Decision.Rcode(5));
    assertThat(verdict.error().code()).isEqualTo(ExtendedError.BLOCKED);
  }

  @Test
  void decide_lookupFails_letsPassAndSaysSo() throws Exception {
    NameLookup failing = name -> CompletableFuture.failedFuture(new IllegalStateException("down"));

    Verdict verdict = decide(failing, "bad.test.", LONG);

    assertThat(verdict.decision()).isEqualTo(Decision.CONTINUE);
    assertThat(verdict.tags()).containsEntry("blocklist", "unavailable");
  }

  @Test
  void decide_lookupNeverAnswers_letsPassBeforeTheTimeIsUp() throws Exception {
    NameLookup silent = name -> new CompletableFuture<>();

    Verdict verdict = decide(silent, "bad.test.", Duration.ofMillis(40));

    assertThat(verdict.tags()).containsEntry("blocklist", "unavailable");
  }

  /** Or the name would count as not to be looked up for as long as the future is cached. */
  @Test
  void decide_lookupWhoseFutureIsShared_leavesItToOthers() throws Exception {
    CompletableFuture<Boolean> shared = new CompletableFuture<>();

    Verdict late = decide(name -> shared, "bad.test.", Duration.ofMillis(40));
    shared.complete(true);

    assertThat(late.tags()).containsEntry("blocklist", "unavailable");
    assertThat(decide(name -> shared, "bad.test.", LONG).decision())
        .isInstanceOf(Decision.Rcode.class);
  }

  @Test
  void decide_delayedLookup_decidesAllTheSame() throws Exception {
    NameLookup delayed = Blocklist.of(List.of("bad.test")).delayed(Duration.ofMillis(5));

    assertThat(decide(delayed, "bad.test.", LONG).decision()).isInstanceOf(Decision.Rcode.class);
  }

  @Test
  void read_file_skipsCommentsAndEmptyLines(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("list"), "# all\n\n  one.test  \ntwo.test # why\n\t\n#three.test\n");

    Blocklist list = Blocklist.read(file);

    assertThat(list.size()).isEqualTo(2);
    assertThat(list.isListed("two.test").join()).isTrue();
    assertThat(list.isListed("three.test").join()).isFalse();
  }

  private static Verdict decide(NameLookup lookup, String name, Duration left) throws Exception {
    Record question = Record.newRecord(Name.fromString(name), Type.A, DClass.IN);
    FilterRequest request =
        new FilterRequest(
            new SuspensionKey(1, 1),
            Stage.QUERY,
            new InetSocketAddress("127.0.0.1", 1024),
            Transport.UDP,
            Map.of(),
            Message.newQuery(question).toWire(),
            left.toNanos() / 1_000);
    return new BlocklistFilter(lookup).decide(request).toCompletableFuture().join();
  }
}
