// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.anteroom.node.filter.FilterDispatcher;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.slf4j.LoggerFactory;

/**
 * Whatever comes in whatever order, each suspension ends once, with its own query and a verdict
 * about itself or none, the counters add up, and nothing is left.
 */
final class SuspensionPropertyActorTest {
  private static final int STEPS = 600;
  private static final ActorTestKit KIT = ActorTestKit.create(ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);
  private final TwoNodes nodes = new TwoNodes(KIT, TIME);
  private final Map<String, Query> waiting = new HashMap<>();
  private final List<Resume> told = new ArrayList<>();
  private int asked;
  private int refused;
  private final Map<SuspensionCounter, Integer> ended = new HashMap<>();

  /** Instances come and go by the hundred here. */
  private static final Logger TALKATIVE = (Logger) LoggerFactory.getLogger(FilterDispatcher.class);

  @BeforeAll
  static void hush() {
    TALKATIVE.setLevel(Level.WARN);
  }

  @AfterAll
  static void shutdown() {
    TALKATIVE.setLevel(null);
    KIT.shutdownTestKit();
  }

  @RepeatedTest(15)
  void suspensions_inAnyOrderOfEvents_endOnceEach_andLeaveNothing() {
    try {
      for (int i = 0; i < STEPS; i++) {
        step();
      }
      comeToRest();
      assertAtRest();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    } finally {
      nodes.stop();
    }
  }

  private void step() {
    int shard = random.nextInt(TwoNodes.SHARDS);
    switch (random.nextInt(50)) {
      case 0, 1, 2, 3, 4, 5, 6, 7 -> suspend();
      case 8, 9, 10, 11, 12 -> decide();
      case 13 -> tell(anyInstance(), anyTold());
      case 14 -> tell(anyInstance(), unknown());
      case 15 -> rejected();
      case 16 -> clientGoes();
      case 17, 18 -> nodes.handOver(shard, random);
      case 19, 20, 21 -> nodes.arrive(shard);
      case 22 -> timePasses(random.nextInt(150));
      case 23 -> nodes.replaceInstance(random.nextInt(2));
      default -> deliver();
    }
  }

  private void suspend() {
    int i = asked++;
    boolean tcp = random.nextBoolean();
    Query query = Queries.forName("q" + i + ".example", i & 0xffff, 40_000);
    Client client =
        new Client(
            new InetSocketAddress("127.0.0.1", 40_000),
            tcp ? Transport.TCP : Transport.UDP,
            tcp ? 1 + random.nextInt(3) : 0);
    query = Query.of(query.wire(), client);
    Suspensions.Attempt attempt =
        nodes.suspensions().suspend(new Outcome.Suspend(query, TwoNodes.SERVICE, i), Stage.QUERY);
    if (attempt == Suspensions.Attempt.BEGUN) {
      waiting.put(query.wire().name().toString(), query);
    } else {
      refused++;
    }
  }

  /** A verdict about something that an instance was asked, to either node. */
  private void decide() {
    TwoNodes.Instance instance = anyInstance();
    if (!instance.requests.isEmpty()) {
      int which = random.nextInt(instance.requests.size());
      SuspensionKey key = instance.requests.remove(which).key();
      String name = key.toString();
      Verdict verdict =
          random.nextInt(4) == 0
              ? Verdict.drop().withTag("about", name)
              : Verdict.proceed().withTag("about", name);
      Resume resume = new Resume(key, verdict);
      told.add(resume);
      tell(instance, resume);
    }
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

  /** What must change nothing: a message that fits no question, another service, a stranger. */
  private void rejected() {
    SuspensionKey key = anyTold().key();
    for (TwoNodes.Instance instance : nodes.instances()) {
      key = instance.requests.isEmpty() ? key : instance.requests.get(0).key();
    }
    Verdict wrong = Verdict.answer(new byte[12]).withTag("about", "nothing");
    tell(anyInstance(), new Resume(key, wrong));
    tell(anyInstance(), new Resume(new SuspensionKey(99, key.queryId()), Verdict.drop()));
    nodes.resumeAsStranger(random.nextInt(2), new Resume(key, Verdict.drop()));
  }

  private TwoNodes.Instance anyInstance() {
    return nodes.instances().get(random.nextInt(2));
  }

  private void tell(TwoNodes.Instance instance, Resume resume) {
    nodes.resume(instance, random.nextInt(2), resume);
  }

  private void clientGoes() {
    long connection = 1 + random.nextInt(3);
    nodes.suspensions().connectionClosed(connection);
    int before = waiting.size();
    waiting.values().removeIf(query -> query.client().connection() == connection);
    ended.merge(SuspensionCounter.CLIENT_GONE, before - waiting.size(), Integer::sum);
  }

  private void timePasses(int millis) {
    nodes.timePasses(Duration.ofMillis(millis));
    for (SuspendedState state : nodes.suspensions().endLost()) {
      ends(state, SuspensionCounter.LOST);
    }
  }

  private void deliver() {
    List<Object> underWay = nodes.underWay();
    if (underWay.isEmpty()) {
      return;
    }
    OriginCommand message = nodes.deliver(underWay.get(random.nextInt(underWay.size())));
    if (message instanceof Resumed resumed) {
      SuspendedState state = nodes.suspensions().end(resumed);
      if (state != null) {
        ends(state, null);
        checkVerdict(resumed, state);
      }
    }
  }

  private static void checkVerdict(Resumed resumed, SuspendedState state) {
    assertThat(state.key()).isEqualTo(resumed.key());
    if (resumed.decision() instanceof Decided decided) {
      assertThat(decided.verdict().tags()).containsEntry("about", state.key().toString());
    }
  }

  private void ends(SuspendedState state, SuspensionCounter how) {
    Query query = waiting.remove(state.query().wire().name().toString());
    assertThat(query).as("a query that waits").isNotNull();
    assertThat(state.query().wire()).isSameAs(query.wire());
    assertThat(state.query().client()).isEqualTo(query.client());
    if (how != null) {
      ended.merge(how, 1, Integer::sum);
    }
  }

  /** Lets all that is under way arrive, and all that waits run into its deadline. */
  private void comeToRest() {
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
    assertThat(waiting).as("queries that nobody has ended").isEmpty();
    assertThat(nodes.suspensions().live()).as("records").isZero();
    assertThat(nodes.live()).as("places taken").isZero();
    assertThat(nodes.entities()).as("entities").isZero();
    assertThat(nodes.earlyVerdicts()).as("verdicts that wait").isZero();
    assertThat(count(SuspensionCounter.REQUESTED)).isEqualTo(asked);
    assertThat(count(SuspensionCounter.ACCEPTED)).isEqualTo(asked - refused);
    assertThat(
            count(SuspensionCounter.RESUMED)
                + count(SuspensionCounter.DROPPED)
                + count(SuspensionCounter.TIMED_OUT)
                + count(SuspensionCounter.WITHDRAWN)
                + count(SuspensionCounter.CLIENT_GONE)
                + count(SuspensionCounter.LOST))
        .isEqualTo(count(SuspensionCounter.ACCEPTED));
    ended.forEach((how, n) -> assertThat(count(how)).as(how.word()).isEqualTo((long) n));
    assertThat(count(SuspensionCounter.MOVED_IN)).isEqualTo(count(SuspensionCounter.MOVED_OUT));
  }

  private long count(SuspensionCounter counter) {
    return nodes.count(counter);
  }
}
