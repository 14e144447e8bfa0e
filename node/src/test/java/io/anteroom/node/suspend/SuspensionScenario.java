// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.BreakerSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.filter.FilterStatus;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand.Describe;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;

/**
 * One run of random events on {@link TwoNodes}, which follows from its seed, and what must be true
 * of it. If its network is faulty, messages between the nodes are lost, and suspensions doubled;
 * then an entity may find out late, but for clients and counters all is as ever.
 */
final class SuspensionScenario implements AutoCloseable {
  private static final int STEPS = 600;
  private static final int MAX_INSTANCES = 3;
  private static final int RECENT = 10;

  private final ActorTestKit kit;
  private final SplittableRandom random;
  private final boolean faulty;
  private final TwoNodes nodes;
  private final Map<String, Query> waiting = new LinkedHashMap<>();
  private final List<Query> all = new ArrayList<>();
  private final List<Resume> told = new ArrayList<>();
  private final Map<PlayedInstance, Set<SuspensionKey>> toldBy = new HashMap<>();
  private final Set<SuspensionKey> resumed = new HashSet<>();

  /** No verdict will come for these, so that their time may be up at once. */
  private final Set<SuspensionKey> hopeless = new HashSet<>();

  private final Map<SuspensionCounter, Integer> ended = new HashMap<>();
  private int asked;
  private int refused;

  SuspensionScenario(ActorTestKit kit, long seed, boolean faulty) {
    this.kit = kit;
    this.random = new SplittableRandom(seed);
    this.faulty = faulty;
    // About as many as wait at once, so that each limit is reached in some scenarios.
    FilterSettings settings =
        new FilterSettings(
            "service",
            TwoNodes.SERVICE,
            Duration.ofMillis(500),
            Policy.CONTINUE,
            Policy.CONTINUE,
            Policy.CONTINUE,
            random.nextInt(10, 80),
            random.nextInt(5, 60),
            random.nextInt(1, 40),
            random.nextBoolean()
                ? null
                : new BreakerSettings(0.5, 5, Duration.ofSeconds(1), Duration.ofMillis(100)),
            null);
    nodes = new TwoNodes(kit, settings, random.nextInt(30_000, 200_000), seed);
    instanceBegins();
    instanceBegins();
  }

  void run() {
    for (int i = 0; i < STEPS; i++) {
      step();
      assertSoFar();
    }
    comeToRest();
    assertAtRest();
  }

  @Override
  public void close() {
    nodes.stop();
  }

  private void step() {
    int shard = random.nextInt(TwoNodes.SHARDS);
    switch (random.nextInt(faulty ? 60 : 55)) {
      case 0, 1, 2, 3, 4, 5, 6, 7 -> suspend();
      case 8, 9, 10, 11, 12 -> decide();
      case 13 -> tell(anyTold());
      case 14 -> tell(unknown());
      case 15 -> rejected();
      case 16 -> clientGoes();
      case 17 -> nodes.handOver(shard, random);
      case 18, 19, 20 -> nodes.arrive(shard);
      case 21 -> timePasses(random.nextInt(150));
      case 22, 27 -> instanceBegins();
      case 23 -> instanceEnds();
      case 24 -> forgets();
      case 25 -> nodes.add(new Describe(anyTold().key(), kit.system().ignoreRef()));
      case 26 -> repeats();
      case 55, 56 -> loses();
      case 57 -> doubles();
      default -> deliver();
    }
  }

  private void suspend() {
    int i = asked++;
    boolean tcp = random.nextBoolean();
    Client client =
        new Client(
            new InetSocketAddress("127.0.0." + random.nextInt(1, 4), 40_000),
            tcp ? Transport.TCP : Transport.UDP,
            tcp ? random.nextInt(1, 4) : 0);
    Query query =
        Query.of(
            Queries.forName("q" + i + ".example", i & 0xffff, 40_000).wire(), client, Rules.NONE);
    for (int times = random.nextInt(4) == 0 ? random.nextInt(12) : 0; times > 0; times--) {
      query = query.suspendedOnceMore();
    }
    Suspensions.Attempt attempt =
        nodes
            .suspensions()
            .suspend(new RuleOutcome.Suspend(query, TwoNodes.SERVICE, i, 0), Stage.QUERY);
    if (attempt == Suspensions.Attempt.BEGUN) {
      waiting.put(name(query), query);
      all.add(query);
    } else {
      refused++;
    }
  }

  private static String name(Query query) {
    return query.wire().name().toString();
  }

  /** A verdict about something that an instance was asked, to either node. */
  private void decide() {
    PlayedInstance instance = anyInstance();
    if (instance != null && !instance.requests.isEmpty()) {
      SuspensionKey key = takeRequest(instance);
      Verdict verdict =
          random.nextInt(4) == 0
              ? Verdict.drop().withTag("about", key.toString())
              : Verdict.proceed().withTag("about", key.toString());
      Resume resume = new Resume(key, verdict);
      told.add(resume);
      tell(instance, 1, resume);
    }
  }

  private SuspensionKey takeRequest(PlayedInstance instance) {
    return instance.requests.remove(random.nextInt(instance.requests.size())).key();
  }

  private Resume anyTold() {
    return told.isEmpty() ? unknown() : told.get(random.nextInt(told.size()));
  }

  private Resume unknown() {
    long id = (random.nextLong() & Long.MAX_VALUE) >>> 12 << 12;
    return new Resume(
        new SuspensionKey(TwoNodes.SERVICE, id | random.nextInt(TwoNodes.SHARDS)),
        Verdict.proceed().withTag("about", "nothing"));
  }

  /** What must decide nothing: a message that fits no question, another service, a stranger. */
  private void rejected() {
    SuspensionKey key = anyTold().key();
    for (PlayedInstance instance : nodes.instances()) {
      key = instance.requests.isEmpty() ? key : instance.requests.get(0).key();
    }
    hopeless.add(key);
    tell(new Resume(key, Verdict.answer(new byte[12]).withTag("about", "nothing")));
    tell(new Resume(new SuspensionKey(99, key.queryId()), Verdict.drop()));
    nodes.resumeAsStranger(random.nextInt(2), new Resume(key, Verdict.drop()));
  }

  /** An instance has no verdict about what it was asked, says so or not, and goes on. */
  private void forgets() {
    PlayedInstance instance = anyInstance();
    if (instance != null && !instance.requests.isEmpty()) {
      SuspensionKey key = takeRequest(instance);
      List<Resume> resumes = List.of();
      if (random.nextBoolean()) {
        hopeless.add(key);
        resumes = List.of(new Resume(key, Verdict.undecided()));
      }
      nodes.resume(instance, random.nextInt(2), 1, resumes);
    }
  }

  private PlayedInstance anyInstance() {
    List<PlayedInstance> there = nodes.instances();
    return there.isEmpty() ? null : there.get(random.nextInt(there.size()));
  }

  private void instanceBegins() {
    if (nodes.instances().size() < MAX_INSTANCES) {
      nodes.addInstance(random.nextInt(1, 40));
    }
  }

  private void instanceEnds() {
    PlayedInstance instance = anyInstance();
    if (instance != null) {
      nodes.endInstance(instance);
    }
  }

  private void tell(Resume resume) {
    PlayedInstance instance = anyInstance();
    if (instance != null) {
      tell(instance, 0, resume);
    }
  }

  private void tell(PlayedInstance instance, int credits, Resume resume) {
    toldBy.computeIfAbsent(instance, i -> new HashSet<>()).add(resume.key());
    nodes.resume(instance, random.nextInt(2), credits, List.of(resume));
  }

  private void clientGoes() {
    long connection = random.nextInt(1, 4);
    nodes.suspensions().connectionClosed(connection);
    int before = waiting.size();
    waiting.values().removeIf(query -> query.client().connection() == connection);
    ended.merge(SuspensionCounter.CLIENT_GONE, before - waiting.size(), Integer::sum);
  }

  /** A client that asks again is known while its query waits, and not after. */
  private void repeats() {
    if (!all.isEmpty()) {
      Query query = all.get(random.nextInt(all.size()));
      Query again = Query.of(query.wire(), query.client(), Rules.NONE);
      assertThat(nodes.suspensions().isRepeated(new Repetition(again)))
          .isEqualTo(waiting.containsKey(name(query)));
    }
  }

  private void timePasses(int millis) {
    nodes.timePasses(Duration.ofMillis(millis), random.nextInt(4) == 0);
    assertThat(nodes.overdue()).as("entities that wait longer than they may").isEmpty();
    for (SuspendedState state : nodes.suspensions().endLost()) {
      assertThat(nodes.now() - state.deadlineNanos())
          .isGreaterThanOrEqualTo(Suspensions.GRACE.toNanos());
      ends(state, SuspensionCounter.LOST);
    }
  }

  private Object anyUnderWay() {
    List<Object> underWay = nodes.underWay();
    return underWay.isEmpty() ? null : underWay.get(random.nextInt(underWay.size()));
  }

  private void loses() {
    Object message = anyUnderWay();
    if (message != null) {
      nodes.lose(message);
    }
  }

  private void doubles() {
    int sent = nodes.begun().size();
    if (sent > 0) {
      nodes.add(nodes.begun().get(random.nextInt(Math.max(0, sent - RECENT), sent)));
    }
  }

  private void deliver() {
    Object message = anyUnderWay();
    OriginCommand toOrigin = message == null ? null : nodes.deliver(message);
    if (toOrigin instanceof Resumed end) {
      assertThat(resumed.add(end.key()) || faulty).as("first to end %s", end.key()).isTrue();
      SuspendedState state = nodes.suspensions().end(end);
      if (state != null) {
        checkVerdict(end, state);
        ends(state, null);
      }
    }
  }

  private void checkVerdict(Resumed end, SuspendedState state) {
    assertThat(state.key()).isEqualTo(end.key());
    if (end.decision() instanceof Decided decided) {
      assertThat(decided.verdict().tags()).containsEntry("about", state.key().toString());
    } else if (((NotDecided) end.decision()).reason() == Undecided.TIMEOUT
        && !hopeless.contains(end.key())) {
      assertThat(nodes.now()).as("not early").isGreaterThanOrEqualTo(state.deadlineNanos());
    }
  }

  private void ends(SuspendedState state, SuspensionCounter how) {
    Query query = waiting.remove(name(state.query()));
    assertThat(query).as("a query that waits").isNotNull();
    assertThat(state.query().wire()).isSameAs(query.wire());
    assertThat(state.query().client()).isEqualTo(query.client());
    if (how != null) {
      ended.merge(how, 1, Integer::sum);
    }
  }

  private void assertSoFar() {
    assertThat(nodes.suspensions().live()).as("records").isEqualTo(waiting.size());
    assertThat(nodes.live()).as("places taken").isEqualTo(waiting.size());
    assertThat(nodes.undead()).as("entities that live on").isEmpty();
    if (!faulty) {
      assertThat(count(SuspensionCounter.MOVED_OUT) - count(SuspensionCounter.MOVED_IN))
          .as("between two local shards")
          .isEqualTo(nodes.movedUnderWay());
    }
  }

  /** Lets all that is under way arrive, and all that waits run into its deadline or be ended. */
  private void comeToRest() {
    if (random.nextInt(4) == 0) {
      nodes.suspensions().endAll().forEach(state -> ends(state, SuspensionCounter.TIMED_OUT));
      ended.remove(SuspensionCounter.TIMED_OUT);
    }
    for (int round = 0; round < 4; round++) {
      for (int shard = 0; shard < TwoNodes.SHARDS; shard++) {
        nodes.arrive(shard);
      }
      while (!nodes.underWay().isEmpty()) {
        deliver();
      }
      timePasses(2_500);
    }
  }

  private void assertAtRest() {
    assertThat(waiting.keySet()).as("queries that nobody has ended").isEmpty();
    assertThat(nodes.suspensions().live()).as("records").isZero();
    assertThat(nodes.live()).as("places taken").isZero();
    assertThat(nodes.suspendedBytes()).as("memory taken").isZero();
    assertThat(nodes.entities()).as("entities").isZero();
    assertThat(nodes.earlyVerdicts()).as("verdicts that wait").isZero();
    for (FilterStatus router : nodes.routers()) {
      assertThat(router.pending()).as("requests").isZero();
      assertThat(router.queued()).as("requests in the queue").isZero();
      assertThat(router.outstanding()).as("requests that instances have").isZero();
    }
    assertCounters();
    assertAnswersToInstances();
  }

  private void assertCounters() {
    assertThat(count(SuspensionCounter.REQUESTED)).isEqualTo(asked);
    assertThat(count(SuspensionCounter.ACCEPTED)).isEqualTo(asked - refused);
    assertThat(
            Arrays.stream(SuspensionCounter.values())
                .filter(counter -> counter.word().startsWith("refused"))
                .mapToLong(this::count)
                .sum())
        .as("refused, for all reasons")
        .isEqualTo(refused);
    assertThat(
            count(SuspensionCounter.RESUMED)
                + count(SuspensionCounter.DROPPED)
                + count(SuspensionCounter.TIMED_OUT)
                + count(SuspensionCounter.WITHDRAWN)
                + count(SuspensionCounter.CLIENT_GONE)
                + count(SuspensionCounter.LOST))
        .isEqualTo(count(SuspensionCounter.ACCEPTED));
    ended.forEach((how, n) -> assertThat(count(how)).as(how.word()).isEqualTo((long) n));
  }

  /** Whoever tells a verdict hears what became of it; only one hears that it was the first. */
  private void assertAnswersToInstances() {
    if (faulty) {
      return;
    }
    List<SuspensionKey> first = new ArrayList<>();
    toldBy.forEach(
        (instance, keys) -> {
          List<SuspensionKey> answered =
              instance.results.stream().map(ResumeResult::key).distinct().toList();
          if (nodes.instances().contains(instance)) {
            assertThat(answered).as("answered verdicts").containsAll(keys);
          }
          assertThat(keys).as("told verdicts").containsAll(answered);
          instance.results.stream()
              .filter(result -> result.status() == ResumeResult.Status.RESUMED)
              .forEach(result -> first.add(result.key()));
        });
    assertThat(first).as("verdicts that decided").doesNotHaveDuplicates();
  }

  private long count(SuspensionCounter counter) {
    return nodes.count(counter);
  }
}
