// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.testing.Responses;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.netty.channel.DefaultEventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;

/** Where a policy runs, and what becomes of a query whose policy can't be run. */
final class PolicyCallsActorTest {
  private static ActorTestKit kit;
  private static DefaultEventLoop loop;

  private final Queue<Runnable> elsewhere = new ArrayDeque<>();
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final TestProbe<OriginCommand> origin = kit.createTestProbe();
  private final List<RuleOutcome> later = new ArrayList<>();
  private final PolicyCalls calls =
      new PolicyCalls(
          loop, origin.ref(), counters, System::nanoTime, (call, outcome) -> later.add(outcome));

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
    loop = new DefaultEventLoop();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
    loop.shutdownGracefully();
  }

  /** What a policy does. */
  @FunctionalInterface
  private interface Code {
    RuleOutcome run(PolicyCall call) throws PolicyFailure;
  }

  private record Program(@Nullable Executor thread, Policy onError, Code code)
      implements PolicyProgram {
    @Override
    public String name() {
      return "mine";
    }

    @Override
    public RuleOutcome run(PolicyCall call) throws PolicyFailure {
      return code.run(call);
    }
  }

  private static PolicyCall call(@Nullable Executor thread, Policy onError, Code code) {
    Client client =
        new Client(new InetSocketAddress("127.0.0.1", 4711), Transport.UDP, 0, "listener");
    Query query = Query.of(Responses.query("www.example"), client, Rules.NONE);
    return new PolicyCall(Stage.QUERY, query, new Program(thread, onError, code), 1, 0, null);
  }

  private static RuleOutcome dropped(PolicyCall call) {
    return new RuleOutcome.Drop(call.query());
  }

  private void runElsewhere() {
    elsewhere.remove().run();
    origin.expectMessageClass(Due.class).step().run();
  }

  private static int rcode(@Nullable RuleOutcome outcome) {
    return ((RuleOutcome.Answer) outcome).message()[3] & 0xf;
  }

  @Test
  void policyWithoutAThread_runsHere() {
    assertThat(calls.call(call(null, Policy.SERVFAIL, PolicyCallsActorTest::dropped)))
        .isInstanceOf(RuleOutcome.Drop.class);
  }

  @Test
  void policyWithAThread_runsThere_andTheQueryContinuesHere() {
    assertThat(calls.call(call(elsewhere::add, Policy.SERVFAIL, PolicyCallsActorTest::dropped)))
        .isNull();
    assertThat(later).isEmpty();

    runElsewhere();

    assertThat(later).singleElement().isInstanceOf(RuleOutcome.Drop.class);
  }

  @Test
  void moreThanTheLimit_failAtOnce_untilOthersHaveEnded() {
    PolicyCall call = call(elsewhere::add, Policy.REFUSE, PolicyCallsActorTest::dropped);
    for (int i = 0; i < PolicyCalls.MAX_ELSEWHERE; i++) {
      assertThat(calls.call(call)).isNull();
    }

    assertThat(rcode(calls.call(call))).isEqualTo(Rcode.REFUSED);
    assertThat(counters.get(Counter.POLICY_OVERLOAD)).isEqualTo(1);
    runElsewhere();
    assertThat(calls.call(call)).isNull();
    assertThat(later).hasSize(1);
  }

  @Test
  void policyWhoseThreadHasEnded_fails() {
    Executor ended =
        task -> {
          throw new RejectedExecutionException("ended");
        };
    PolicyCall call = call(ended, Policy.SERVFAIL, PolicyCallsActorTest::dropped);

    assertThat(rcode(calls.call(call))).isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void exceptionOfABug_isAFailureLikeAnyOther() {
    Code bug =
        call -> {
          throw new IllegalStateException("a bug");
        };

    assertThat(rcode(calls.call(call(null, Policy.NXDOMAIN, bug)))).isEqualTo(Rcode.NXDOMAIN);
    calls.call(call(elsewhere::add, Policy.DROP, bug));
    runElsewhere();
    assertThat(later).singleElement().isInstanceOf(RuleOutcome.Drop.class);
    assertThat(counters.get(Counter.POLICY_ERRORS)).isEqualTo(2);
  }
}
