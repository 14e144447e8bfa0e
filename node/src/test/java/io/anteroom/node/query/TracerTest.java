// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Resumed;
import io.anteroom.protocol.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The way that a trace shows is the way that the query then goes. */
final class TracerTest {
  private static final int CONFIGURATIONS = 60;
  private static final int QUERIES = 60;

  /** What the configurations together must have led to, so that nothing is left uncompared. */
  private static final List<String> SAID =
      List.of(
          "is blocked by",
          "HINFO, before any rule",
          "would wait for filter",
          "as a verdict of filter",
          "as no instance is there",
          "as that keeps timing out",
          "as it has waited too often",
          "starts the query at the first rule again",
          "once too often",
          "goes to pool internal",
          "is left out",
          "hit, ",
          "hit, SERVFAIL",
          "as the servers have failed of late",
          "the stale answer",
          "is looked up too",
          "leads back or too far",
          "the query is dropped");

  @TempDir private static Path directory;
  private static final Set<String> said = new HashSet<>();
  private static int compared;

  static Stream<Long> seeds() {
    return LongStream.rangeClosed(1, CONFIGURATIONS).boxed();
  }

  @BeforeAll
  static void write() throws IOException {
    Files.writeString(directory.resolve("corp.zone"), RandomNode.ZONE);
    Files.writeString(directory.resolve("hosts"), RandomNode.HOSTS);
  }

  @AfterAll
  static void everyStepHasBeenCompared() {
    if (compared == CONFIGURATIONS) {
      assertThat(SAID).allSatisfy(text -> assertThat(said).anyMatch(all -> all.contains(text)));
    }
  }

  /**
   * Half of the queries are traced, and go their way with filters that say continue, as the trace
   * supposes. The others fill the caches, with what filters and servers say.
   */
  @ParameterizedTest
  @MethodSource("seeds")
  void randomConfiguration_traceAndRealityAgree(long seed) {
    RandomNode node = new RandomNode(seed, directory);
    TraceRig rig = new TraceRig(node.configuration(), node.filters(), node.blocks());
    for (int i = 0; i < QUERIES; i++) {
      rig.pass(node.pause());
      byte[] query = node.query();
      Client client = node.client();
      if (node.oneIn(2)) {
        rig.ask(query, client, node::decision);
        rig.goOn(node::answer, node::decision);
      } else {
        compare(rig, node, query, client, "seed %d, query %d\n%s".formatted(seed, i, node));
      }
    }
    compared++;
  }

  private static void compare(
      TraceRig rig, RandomNode node, byte[] query, Client client, String where) {
    String before = rig.seen();
    List<Tracer.Step> steps = rig.trace(query, client);
    String shown = where + String.join("\n", steps.stream().map(Tracer.Step::toString).toList());
    assertThat(rig.seen()).as(shown).isEqualTo(before);
    steps.forEach(step -> said.add(step.result()));

    TraceRig.Way traced = TraceRig.way(steps);
    TraceRig.Way real = rig.ask(query, client, state -> proceed());
    assertThat(real.rules()).as(shown).isEqualTo(traced.rules());
    assertThat(real.end()).as(shown).isEqualTo(traced.end());

    boolean fail = node.oneIn(2);
    String stale = rig.goOn(asked -> fail ? null : node.answer(asked), node::decision);
    assertThat(rig.hasEnded()).as(shown).isTrue();
    if (fail && steps.stream().noneMatch(step -> step.stage().equals("alias"))) {
      assertThat(stale).as(shown).isEqualTo(traced.stale());
    }
  }

  private static Resumed.Decision proceed() {
    return new Resumed.Decided(Verdict.proceed(), false);
  }
}
