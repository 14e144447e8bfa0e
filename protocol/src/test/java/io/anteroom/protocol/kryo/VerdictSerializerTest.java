// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatRuntimeException;

import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Values;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes of each kind of verdict, as members of released versions write and read them. */
final class VerdictSerializerTest {
  private static final String ERROR = "71060F0003776879";
  private static final String TAGS = "01016B0176";
  private static final String HOLDS = "810104AC020201";
  private static final String NONE = "00";

  private static final Set<Class<?>> NEVER_WRITTEN = Set.of(Decision.Undecided.class);

  private static final RecordKryo KRYO = new RecordKryo(ProtocolRegistrations.all(), null);

  /** A decision, its id on the wire, its own fields, and whether the error or the tags follow. */
  static Stream<Arguments> decisions() {
    return Stream.of(
        tagsFirst(Decision.CONTINUE, "78", ""),
        errorFirst(new Decision.Rcode(3), "79", "03"),
        errorFirst(
            Verdict.addresses(60, Samples.address("192.0.2.7"), Samples.address("2001:db8::7"))
                .decision(),
            "7A",
            "02" + "04C0000207" + "1020010DB8000000000000000000000007" + "3C"),
        tagsFirst(new Decision.Answer(new byte[] {1, 2, 3}), "7B", "03010203"),
        tagsFirst(Decision.DROP, "7C", ""),
        tagsFirst(Decision.TRUNCATE, "7D", ""),
        tagsFirst(new Decision.ChangeName("a.example"), "7E", "09612E6578616D706C65"),
        tagsFirst(new Decision.ToPool("safe"), "7F", "0473616665"),
        tagsFirst(Decision.ASK_AGAIN, "8001", ""),
        tagsFirst(
            new Decision.Result(new OperationResult(ResultCode.REFUSED, Map.of())), "8401", "0200"),
        tagsFirst(new Decision.Result(OperationResult.done(outputs())), "8401", OUTPUTS));
  }

  /** The code, and the number of outputs; then each name, tag and content. */
  private static final String OUTPUTS =
      "0107"
          + ("016E" + "00")
          + ("0166" + "01")
          + ("0174" + "02")
          + ("0169" + "03FEFFFFFFFFFFFFFF")
          + ("0164" + "04000000000000E03F")
          + ("0162" + "060200FF")
          + ("016D" + "08010172" + "0702" + "0502C3B6" + "0700");

  private static Map<String, Object> outputs() {
    Map<String, Object> outputs = new LinkedHashMap<>();
    outputs.put("n", null);
    outputs.put("f", false);
    outputs.put("t", true);
    outputs.put("i", -2L);
    outputs.put("d", 0.5);
    outputs.put("b", new byte[] {0, -1});
    outputs.put("m", Map.of("r", List.of("\u00f6", List.of())));
    return outputs;
  }

  private static Arguments tagsFirst(Decision decision, String id, String fields) {
    return Arguments.of(decision, id, fields, TAGS + ERROR);
  }

  private static Arguments errorFirst(Decision decision, String id, String fields) {
    return Arguments.of(decision, id, fields, ERROR + TAGS);
  }

  @ParameterizedTest
  @MethodSource("decisions")
  void verdict_withEverything_hasFrozenBytes(
      Decision decision, String id, String fields, String more) {
    Verdict verdict =
        new Verdict(
            decision,
            new ExtendedError(15, "why"),
            Verdict.proceed().withTag("k", "v").tags(),
            new Holds(300, Holds.Scope.EVERYONE, true));
    String bytes = framed(id, fields + more + HOLDS);

    assertThat(write(verdict)).isEqualTo(bytes);
    assertThat(read(bytes)).usingRecursiveComparison().isEqualTo(verdict);
  }

  @ParameterizedTest
  @MethodSource("decisions")
  void verdict_withItsDecisionAlone_hasFrozenBytes(Decision decision, String id, String fields) {
    String bytes = framed(id, fields + NONE + NONE + NONE);

    assertThat(write(Verdict.of(decision))).isEqualTo(bytes);
    assertThat(read(bytes)).usingRecursiveComparison().isEqualTo(Verdict.of(decision));
  }

  @ParameterizedTest
  @MethodSource("decisions")
  void verdict_ofAWriterThatKnowsNothingElse_isTheDecision(
      Decision decision, String id, String fields) {
    assertThat(read(framed(id, fields))).usingRecursiveComparison().isEqualTo(Verdict.of(decision));
  }

  @ParameterizedTest
  @MethodSource("decisions")
  void verdict_withAFieldOfALaterVersion_isReadWithoutIt(
      Decision decision, String id, String fields) {
    assertThat(read(framed(id, fields + NONE + NONE + NONE + "056C61746572")))
        .usingRecursiveComparison()
        .isEqualTo(Verdict.of(decision));
  }

  @ParameterizedTest
  @MethodSource("decisions")
  void verdict_whoseErrorOrHoldCannotBeRead_standsWithoutThem(
      Decision decision, String id, String fields, String more) {
    String half = "7101" + "0F"; // an error with half of its code
    String unknown = "810103" + "AC0263"; // a hold for an unknown scope
    String bytes = framed(id, fields + more.replace(ERROR, half) + unknown);

    assertThat(read(bytes))
        .usingRecursiveComparison()
        .isEqualTo(Verdict.of(decision).withTag("k", "v"));
  }

  static Stream<Decision> longest() {
    InetAddress scoped = Samples.address("fe80::1%3");
    return Stream.of(
        new Decision.Rcode(15),
        new Decision.Addresses(Collections.nCopies(Verdict.MAX_ADDRESSES, scoped), 86_400),
        new Decision.Answer(new byte[Verdict.MAX_MESSAGE]),
        new Decision.ChangeName("\u20ac".repeat(Verdict.MAX_NAME_TEXT)),
        new Decision.ToPool("\u20ac".repeat(Verdict.MAX_TAG_LENGTH)),
        result(Map.of("n".repeat(Values.MAX_BYTES - 9), false)),
        result(Map.of("text", "\u20ac".repeat((Values.MAX_BYTES - 13) / 3))),
        result(Map.of("bytes", new byte[Values.MAX_BYTES - 14])),
        result(Map.of("list", Collections.nCopies(7_000, 1L))),
        result(numbers(3_000)));
  }

  private static Decision result(Map<String, Object> outputs) {
    return new Decision.Result(OperationResult.done(outputs));
  }

  private static Map<String, Object> numbers(int count) {
    Map<String, Object> numbers = new HashMap<>();
    IntStream.range(0, count).forEach(i -> numbers.put("n" + i, Long.MIN_VALUE));
    return numbers;
  }

  @ParameterizedTest
  @MethodSource("longest")
  void decision_isNoLongerThanItSays(Decision decision) {
    int withoutContent = write(Verdict.of(new Decision.Answer(new byte[0]))).length() / 2 - 1;
    int longerLength = 2;

    assertThat(write(Verdict.of(decision)).length() / 2 - withoutContent - longerLength)
        .isLessThanOrEqualTo(decision.maxBytes());
  }

  @Test
  void kinds_areAllHere_andAllButUndecidedAreRegistered() {
    Set<Class<?>> kinds = new HashSet<>(Set.of(Decision.class.getPermittedSubclasses()));
    kinds.removeAll(NEVER_WRITTEN);

    assertThat(decisions().<Class<?>>map(row -> row.get()[0].getClass()))
        .containsOnlyOnceElementsOf(kinds.stream().filter(k -> k != Decision.Result.class).toList())
        .containsOnly(kinds.toArray(Class<?>[]::new));
    assertThat(ProtocolRegistrations.all().ids().values()).containsAll(kinds);
  }

  @Test
  void undecided_isNotWritten() {
    assertThatIllegalArgumentException().isThrownBy(() -> write(Verdict.undecided()));
  }

  static Stream<String> malformedOutputs() {
    return Stream.of(
        "01", // none of one
        "FFFFFFFF07", // more than there are bytes
        "010161", // a name alone
        "01016109", // an unknown tag
        "010161030000", // a number of two bytes
        "01016105FFFFFFFF0741", // a text longer than the message
        "0101610601", // no bytes of one
        "01016107FFFFFFFF07", // a list longer than the message
        "010161" + "0701".repeat(9) + "00", // lists too deep
        "010161" + "080161".repeat(9) + "00", // maps too deep
        "010161" + "0701".repeat(60) + "00");
  }

  @ParameterizedTest
  @MethodSource("malformedOutputs")
  void result_withMalformedOutputs_isRefused(String outputs) {
    assertThatRuntimeException().isThrownBy(() -> read(framed("8401", "01" + outputs)));
  }

  static Stream<Map<String, Object>> beyondABound() {
    return Stream.of(
        Map.of("list", Collections.nCopies(Values.MAX_VALUES, null)),
        Map.of("text", "x".repeat(Values.MAX_BYTES)),
        Map.of("a", new byte[Values.MAX_BYTES / 2], "b", new byte[Values.MAX_BYTES / 2]));
  }

  @ParameterizedTest
  @MethodSource("beyondABound")
  void values_beyondABound_areRefusedByTheReader(Map<String, Object> values) {
    KRYO.writer().reset();
    KRYO.writer().values(values);
    byte[] bytes = KRYO.writer().toBytes();
    KRYO.reader().reset(bytes);

    assertThatRuntimeException().isThrownBy(() -> OperationResult.done(KRYO.reader().values()));
  }

  @Test
  void result_withAnUnknownCode_isRefused() {
    assertThatRuntimeException().isThrownBy(() -> read(framed("8401", "6300")));
  }

  private static String framed(String id, String fields) {
    int length = fields.length() / 2;
    String lengthText =
        length < 0x80
            ? "%02X".formatted(length)
            : "%02X%02X".formatted(length & 0x7f | 0x80, length >> 7);
    return id + lengthText + fields;
  }

  private static String write(Verdict verdict) {
    KRYO.writer().reset();
    KRYO.writer().verdict(verdict);
    return HexFormat.of().withUpperCase().formatHex(KRYO.writer().toBytes());
  }

  private static Verdict read(String hex) {
    KRYO.reader().reset(HexFormat.of().parseHex(hex));
    Verdict verdict = KRYO.reader().verdict();
    assertThat(KRYO.reader().more()).isFalse();
    return verdict;
  }
}
