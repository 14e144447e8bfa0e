// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.admin.FilterRow.InstanceRow;
import io.anteroom.node.admin.FilterRow.Latency;
import io.anteroom.node.cache.Purge;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.kryo.KryoMessageSerializer;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class AdminSerializerActorTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final KryoMessageSerializer SERIALIZER =
      KryoMessageSerializer.of(KIT.system(), AdminMessage.class);

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  static List<AdminMessage> messages() {
    SuspendedRow row =
        new SuspendedRow(
            "7/1", "f", "a.example.", "A", "[::1]:5", "query", "127.0.0.1:17355", 20, 480);
    FilterRow filter =
        new FilterRow(
            "f",
            65_535,
            "127.0.0.1:17355",
            true,
            "none",
            1,
            2,
            3,
            List.of(new InstanceRow("pekko://anteroom@127.0.0.1:1/user/f", 10, 9, 1)),
            Map.of("resumed", Long.MAX_VALUE),
            new Latency(4, 50, 60, 70),
            List.of("a", "b"),
            "all");
    return List.of(
        new AdminDesk.ListSuspended(10_000, "f", KIT.<DeskPage>createTestProbe().getRef()),
        new CacheDesk.ToPurge(
            "1f",
            new Purge(Purge.Target.BOTH, WireName.parse("www.example"), true, "p", 28, Purge.ANY),
            KIT.<DeskPage>createTestProbe().getRef()),
        new CacheDesk.Stats(KIT.<DeskPage>createTestProbe().getRef()),
        new CacheDesk.Dump(
            10_000, true, "www.example", true, KIT.<DeskPage>createTestProbe().getRef()),
        new DeskPage(
            "127.0.0.1:17355",
            3,
            List.of(
                new CachesRow("n", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                new CacheEntryRow(
                    "n", "a.example.", "A", "default", "NOERROR", "f", "::1", 1, 2, 3),
                new PurgedRow("n", 1, Long.MAX_VALUE)),
            true),
        new AdminDesk.ListFilters(KIT.<DeskPage>createTestProbe().getRef()),
        new DeskPage("127.0.0.1:17355", 1_000_000, List.of(row, filter), false),
        new DeskPage("127.0.0.1:17355", 0, List.of(), true),
        new AdminDesk.ReloadNode(KIT.<DeskPage>createTestProbe().getRef()),
        new AdminDesk.ListRules(KIT.<DeskPage>createTestProbe().getRef()),
        new DeskPage(
            "127.0.0.1:17355",
            3,
            List.of(
                new ReloadRow("127.0.0.1:17355", false, List.of("a", "b"), List.of("c")),
                new RuleRow("n", "query", 1, "x", true, Long.MAX_VALUE, "all", "drop"),
                new RuleRow.Misfit("n", "why")),
            true));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void message_writtenAndRead_isTheSame(AdminMessage message) {
    assertThat(SERIALIZER.fromBinary(SERIALIZER.toBinary(message))).isEqualTo(message);
  }

  /** The largest rows that there can be, in a frame of Artery. */
  @Test
  void page_ofTheLargestRows_fitsAMessage() {
    String longest = "\\000".repeat(251);
    SuspendedRow row =
        new SuspendedRow(
            "65535/9223372036854775807",
            "s".repeat(100),
            longest,
            "TYPE65535",
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
            "cache-inserted",
            "h".repeat(253) + ":65535",
            Long.MAX_VALUE,
            Long.MAX_VALUE);
    DeskPage page = new DeskPage("n", 1, Collections.nCopies(DeskPage.MAX_ROWS, row), true);

    assertThat(SERIALIZER.toBinary(page)).hasSizeLessThan(250_000);
    assertThat(SERIALIZER.fromBinary(SERIALIZER.toBinary(page))).isEqualTo(page);
  }

  @Test
  void ids_ofRecords_areFrozen() {
    assertThat(AdminSerializer.ALL.ids())
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry(250, AdminDesk.ListSuspended.class),
                Map.entry(251, AdminDesk.ListFilters.class),
                Map.entry(252, DeskPage.class),
                Map.entry(253, SuspendedRow.class),
                Map.entry(254, FilterRow.class),
                Map.entry(270, CacheDesk.ToPurge.class),
                Map.entry(271, CacheDesk.Stats.class),
                Map.entry(272, CacheDesk.Dump.class),
                Map.entry(273, CachesRow.class),
                Map.entry(274, CacheEntryRow.class),
                Map.entry(275, AdminDesk.ReloadNode.class),
                Map.entry(276, AdminDesk.ListRules.class),
                Map.entry(277, ReloadRow.class),
                Map.entry(278, RuleRow.class),
                Map.entry(279, RuleRow.Misfit.class),
                Map.entry(285, PurgedRow.class)));
    assertThat(SERIALIZER.identifier()).isEqualTo(17_352);
  }
}
