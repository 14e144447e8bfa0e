// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import io.anteroom.node.admin.FilterRow.InstanceRow;
import io.anteroom.node.admin.FilterRow.Latency;
import io.anteroom.node.cache.Purge;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.testing.SerializerContract;
import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class AdminSerializerActorTest extends SerializerContract<AdminMessage> {
  private static final CBORMapper CBOR = new CBORMapper();
  private static final int MUTATIONS = 10_000;

  AdminSerializerActorTest() {
    super(AdminMessage.class, 17_352, MUTATIONS);
  }

  @Override
  protected long unreadable() {
    return AdminSerializer.unreadable(kit.system());
  }

  @Override
  protected List<AdminMessage> samples() {
    SuspendedRow row =
        new SuspendedRow(
            "7/1",
            "f",
            "a.example.",
            "A",
            "[::1]:5",
            "query",
            "127.0.0.1:17355",
            20,
            480,
            "r",
            "http",
            "anna");
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
        new AdminAgentActor.ListSuspended(10_000, "f", kit.<AdminPage>createTestProbe().getRef()),
        new CacheAgent.ToPurge(
            "1f",
            new Purge(Purge.Target.BOTH, WireName.parse("www.example"), true, "p", 28, Purge.ANY),
            kit.<AdminPage>createTestProbe().getRef()),
        new CacheAgent.Stats(kit.<AdminPage>createTestProbe().getRef()),
        new CacheAgent.Dump(
            10_000, true, "www.example", true, kit.<AdminPage>createTestProbe().getRef()),
        new AdminPage(
            "127.0.0.1:17355",
            3,
            List.of(
                new CachesRow("n", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                new CacheEntryRow(
                    "n", "a.example.", "A", "default", "NOERROR", "f", "::1", 1, 2, 3),
                new PurgedRow("n", 1, Long.MAX_VALUE)),
            true),
        new AdminAgentActor.ListFilters(kit.<AdminPage>createTestProbe().getRef()),
        new AdminPage("127.0.0.1:17355", 1_000_000, List.of(row, filter), false),
        new AdminPage("127.0.0.1:17355", 0, List.of(), true),
        new AdminAgentActor.ShowStatus(kit.<AdminPage>createTestProbe().getRef()),
        new AdminAgentActor.ReloadNode(kit.<AdminPage>createTestProbe().getRef()),
        new AdminAgentActor.ListRules(kit.<AdminPage>createTestProbe().getRef()),
        new AdminPage(
            "127.0.0.1:17355",
            4,
            List.of(
                new ReloadRow("127.0.0.1:17355", false, List.of("a", "b"), List.of("c")),
                new RuleRow("n", "query", 1, "x", true, Long.MAX_VALUE, "all", "drop"),
                new RuleRow.Misfit("n", "why"),
                new StatusRow(
                    "n",
                    "1.0",
                    1,
                    true,
                    2,
                    List.of("udp 127.0.0.1:53"),
                    3,
                    4,
                    5,
                    6,
                    List.of("f: no instance is there"),
                    7,
                    List.of("192.0.2.1:53 of pool default"),
                    8,
                    Long.MAX_VALUE,
                    "a.pem",
                    "2026-11-28T00:00:00Z")),
            true));
  }

  /** The largest rows that there can be, in a frame of Artery. */
  @Test
  void page_ofTheLargestRows_fitsAMessage() throws Exception {
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
            Long.MAX_VALUE,
            "\u20ac".repeat(100),
            "resolve",
            "i".repeat(FilterRequest.MAX_IDENTITY));
    AdminPage page = new AdminPage("n", 1, Collections.nCopies(AdminPage.MAX_ROWS, row), true);

    assertThat(write(page)).hasSizeLessThan(250_000);
    assertThat(read(write(page))).isEqualTo(page);
  }

  @Test
  void words_ofKinds_areFrozen() {
    assertThat(AdminSerializer.KINDS)
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("list-suspended", AdminAgentActor.ListSuspended.class),
                Map.entry("list-filters", AdminAgentActor.ListFilters.class),
                Map.entry("list-rules", AdminAgentActor.ListRules.class),
                Map.entry("show-status", AdminAgentActor.ShowStatus.class),
                Map.entry("reload", AdminAgentActor.ReloadNode.class),
                Map.entry("purge", CacheAgent.ToPurge.class),
                Map.entry("cache-stats", CacheAgent.Stats.class),
                Map.entry("cache-dump", CacheAgent.Dump.class),
                Map.entry("page", AdminPage.class),
                Map.entry("suspended", SuspendedRow.class),
                Map.entry("filter", FilterRow.class),
                Map.entry("status", StatusRow.class),
                Map.entry("rule", RuleRow.class),
                Map.entry("misfit", RuleRow.Misfit.class),
                Map.entry("reloaded", ReloadRow.class),
                Map.entry("purged", PurgedRow.class),
                Map.entry("caches", CachesRow.class),
                Map.entry("cache-entry", CacheEntryRow.class)));
  }

  /** What a node of another version sends instead of the question for the rules. */
  static Stream<Arguments> unreadables() {
    return Stream.of(
        Arguments.of("a kind that is not known", edited(m -> m.put("@kind", "later"))),
        Arguments.of("a row", edited(m -> m.put("@kind", "rule"))),
        Arguments.of("a class", edited(m -> m.put("@kind", AdminPage.class.getName()))),
        Arguments.of("no kind", edited(m -> m.remove("@kind"))),
        Arguments.of("nobody to answer", edited(m -> m.remove("replyTo"))),
        Arguments.of("a number for an actor", edited(m -> m.put("replyTo", 1))),
        Arguments.of("a limit below 0", dump(m -> m.put("limit", -1))),
        Arguments.of("a limit that is a text", dump(m -> m.put("limit", "1"))),
        Arguments.of("a limit with a fraction", dump(m -> m.put("limit", 1.5))),
        Arguments.of("no domain name", dump(m -> m.put("name", "a..b"))),
        Arguments.of("a long text", page(m -> m.put("node", "x".repeat(2049)))),
        Arguments.of("a long name of a field", edited(m -> m.put("x".repeat(65), 1))),
        Arguments.of("deep nesting", edited(m -> m.set("later", nested(8)))),
        Arguments.of("too many rows", page(m -> fill(m, 101))),
        Arguments.of("a row that is none", page(m -> m.putArray("rows").addNull())),
        Arguments.of("a row of no known kind", page(m -> fill(m, 1, "later"))),
        Arguments.of("what follows the end", concat(edited(m -> {}), edited(m -> {}))),
        Arguments.of("more than a frame", new byte[AdminSerializer.MAX_BYTES + 1]),
        Arguments.of("nothing", new byte[0]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unreadables")
  void message_with_isUnreadable(String what, byte[] bytes) {
    long before = unreadable();

    assertThatThrownBy(() -> read(bytes))
        .as(what)
        .isInstanceOf(NotSerializableException.class)
        .hasMessageStartingWith("unreadable message: ")
        .satisfies(e -> assertThat(e.getStackTrace()).isEmpty())
        .hasNoCause();
    assertThat(unreadable()).isEqualTo(before + 1);
  }

  /** As the Kryo serializer wrote that had this number before. */
  @Test
  void message_ofAMemberBeforeCbor_isUnreadable() {
    byte[] listFilters = HexFormat.of().parseHex("01" + "FB01" + "03" + "02" + "2F78");

    message_with_isUnreadable("Kryo", listFilters);
  }

  /** It begins with another byte than the version that the Kryo serializer expects. */
  @Test
  void message_isNoneOfAMemberBeforeCbor() {
    for (AdminMessage message : samples()) {
      assertThat(write(message)[0]).isNotEqualTo((byte) 1);
    }
  }

  /** Neither gzip, as Pekko's serializer for Jackson would take it, nor its LZ4. */
  @Test
  void message_compressed_isNotExpanded() throws Exception {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(zipped)) {
      zip.write(edited(m -> {}));
    }

    message_with_isUnreadable("gzip", zipped.toByteArray());
    message_with_isUnreadable("LZ4", HexFormat.of().parseHex("87D96DF67FFFFFFF00"));
  }

  @Test
  void field_thatIsNotKnown_isSkipped() throws Exception {
    assertThat(read(edited(m -> m.putObject("later").putArray("more").add(1))))
        .isEqualTo(read(edited(m -> {})))
        .isInstanceOf(AdminAgentActor.ListRules.class);
  }

  @Test
  void fields_thatAnOlderMemberDoesNotSend_areEmpty() throws Exception {
    byte[] bytes = page(m -> m.retain("@kind", "node"));

    assertThat(read(bytes)).isEqualTo(new AdminPage("n", 0, List.of(), false));
    assertThat(read(page(m -> fill(m, 1, "rule"))))
        .isEqualTo(
            new AdminPage("n", 0, List.of(new RuleRow("", "", 0, "", false, 0, "", "")), true));
  }

  @Test
  void actorRef_thatIsNone_isNobody() throws Exception {
    byte[] bytes = edited(m -> m.put("replyTo", "http://a/b"));

    assertThat(((AdminAgentActor.ListRules) read(bytes)).replyTo().path().toString())
        .endsWith("deadLetters");
  }

  private static byte[] edited(Consumer<ObjectNode> edit) {
    ObjectNode message = CBOR.createObjectNode().put("@kind", "list-rules");
    return bytes(message.put("replyTo", "pekko://other@127.0.0.1:1/user/x"), edit);
  }

  private static byte[] dump(Consumer<ObjectNode> edit) {
    return edited(
        message -> {
          message.put("@kind", "cache-dump").put("limit", 1).put("name", "");
          edit.accept(message);
        });
  }

  private static byte[] page(Consumer<ObjectNode> edit) {
    ObjectNode page = CBOR.createObjectNode().put("@kind", "page").put("node", "n");
    return bytes(page.put("last", true), edit);
  }

  private static void fill(ObjectNode page, int rows) {
    fill(page, rows, "purged");
  }

  private static void fill(ObjectNode page, int rows, String kind) {
    ArrayNode array = page.putArray("rows");
    for (int i = 0; i < rows; i++) {
      array.addObject().put("@kind", kind);
    }
  }

  private static ArrayNode nested(int depth) {
    ArrayNode array = CBOR.createArrayNode();
    return depth == 0 ? array : array.add(nested(depth - 1));
  }

  private static byte[] bytes(ObjectNode message, Consumer<ObjectNode> edit) {
    edit.accept(message);
    try {
      return CBOR.writeValueAsBytes(message);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
