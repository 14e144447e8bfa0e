// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.ClusterRig.JUDGE;
import static io.anteroom.node.ClusterRig.PATIENCE;
import static io.anteroom.node.ClusterRig.count;
import static io.anteroom.node.ClusterRig.dns;
import static io.anteroom.node.ClusterRig.ended;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Dig;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.FilterInstance;
import io.anteroom.protocol.sdk.FilterMetrics;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.xbill.DNS.Message;

/** Filter instances in a system of their own, which stop while a node waits for them, and come. */
@ExtendWith(SerializedMessages.class)
final class FilterFailureClusterTest {
  private static final int QUERIES = 60;
  private static final String NO_FILTER = "REFUSED EDE 14";
  private static final String DECIDED = "NOERROR 192.0.2.1";

  private static final ClusterRig RIG = new ClusterRig();
  private static Node node;
  private static ActorTestKit filters;
  private static Verdict verdict;

  private final List<ActorRef<ToInstance>> instances = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    node = RIG.node();
    filters = RIG.filterSystem(node);
    verdict = Verdict.addresses(60, InetAddress.getByName("192.0.2.1"));
  }

  @AfterAll
  static void stop() {
    RIG.close();
  }

  @AfterEach
  void instances_stopped_allIsAccountedFor() {
    instances.forEach(filters::stop);
    ClusterRig.awaitAvailable(node, JUDGE, false);
    assertThat(ended(node, JUDGE)).isEqualTo(count(node, JUDGE, SuspensionCounter.ACCEPTED));
    assertThat(count(node, JUDGE, SuspensionCounter.LOST)).isZero();
    assertThat(count(node, JUDGE, SuspensionCounter.TIMED_OUT)).isZero();
  }

  @Test
  void instance_oneOfTwoStops_theOtherDecidesAll() {
    HeldFilter dying = new HeldFilter(verdict);
    HeldFilter staying = new HeldFilter(verdict);
    ActorRef<ToInstance> first = spawn(dying);
    spawn(staying);
    long resent = count(node, JUDGE, SuspensionCounter.REQUESTS_RESENT);
    var queries = new ArrayList<>(askUntilAsked(dying));
    queries.addAll(askUntilAsked(staying));
    queries.addAll(Dig.askMany(dns(node), QUERIES, "anteroom.test"));
    await().atMost(PATIENCE).until(() -> dying.asked() + staying.asked() == queries.size());
    int lost = dying.asked();

    filters.stop(first);
    await().atMost(PATIENCE).until(() -> staying.asked() == queries.size());
    staying.release();

    assertThat(Dig.results(queries)).containsOnly(DECIDED);
    assertThat(count(node, JUDGE, SuspensionCounter.REQUESTS_RESENT) - resent).isEqualTo(lost);
  }

  @Test
  void instance_theOnlyOneStops_policyDecidesAtOnce() {
    HeldFilter only = new HeldFilter(verdict);
    ActorRef<ToInstance> instance = spawn(only);
    long withdrawn = count(node, JUDGE, SuspensionCounter.WITHDRAWN);
    var queries = Dig.askMany(dns(node), QUERIES, "anteroom.test");
    await().atMost(PATIENCE).until(() -> only.asked() == QUERIES);

    filters.stop(instance);

    assertThat(Dig.results(queries)).containsOnly(NO_FILTER);
    assertThat(count(node, JUDGE, SuspensionCounter.WITHDRAWN) - withdrawn).isEqualTo(QUERIES);
  }

  @Test
  void instance_thereIsNone_policyDecidesWithoutSuspending() {
    long refused = count(node, JUDGE, SuspensionCounter.REFUSED_NO_FILTER);

    assertThat(Dig.result(Dig.ask(dns(node), "www.anteroom.test"))).isEqualTo(NO_FILTER);

    assertThat(count(node, JUDGE, SuspensionCounter.REFUSED_NO_FILTER)).isEqualTo(refused + 1);
  }

  @Test
  void instance_joinsLater_isUsed() {
    assertThat(Dig.result(Dig.ask(dns(node), "www.anteroom.test"))).isEqualTo(NO_FILTER);

    spawn(request -> CompletableFuture.completedFuture(verdict));

    assertThat(Dig.result(Dig.ask(dns(node), "www.anteroom.test"))).isEqualTo(DECIDED);
  }

  @Test
  void instance_withoutRoom_requestsWaitForTheOneThatJoins() {
    HeldFilter narrow = new HeldFilter(verdict);
    spawn(narrow, 1);
    var queries = Dig.askMany(dns(node), QUERIES, "anteroom.test");
    await().atMost(PATIENCE).until(() -> narrow.asked() == 1);

    spawn(request -> CompletableFuture.completedFuture(verdict));
    await().atMost(PATIENCE).until(() -> queries.stream().filter(q -> !q.isDone()).count() == 1);
    narrow.release();

    assertThat(Dig.results(queries)).containsOnly(DECIDED);
  }

  @Test
  void instance_withoutRoomStops_policyDecidesAboutThoseThatWaitToo() {
    HeldFilter narrow = new HeldFilter(verdict);
    ActorRef<ToInstance> instance = spawn(narrow, 1);
    long accepted = count(node, JUDGE, SuspensionCounter.ACCEPTED);
    var queries = Dig.askMany(dns(node), QUERIES, "anteroom.test");
    await()
        .atMost(PATIENCE)
        .until(() -> count(node, JUDGE, SuspensionCounter.ACCEPTED) - accepted == QUERIES);

    filters.stop(instance);

    assertThat(Dig.results(queries)).containsOnly(NO_FILTER);
  }

  @Test
  void request_thatLostTwoInstances_isNotSentToAThird() {
    HeldFilter first = new HeldFilter(verdict);
    ActorRef<ToInstance> firstInstance = spawn(first);
    var queries = Dig.askMany(dns(node), QUERIES, "anteroom.test");
    await().atMost(PATIENCE).until(() -> first.asked() == QUERIES);

    HeldFilter second = new HeldFilter(verdict);
    ActorRef<ToInstance> secondInstance = spawn(second);
    var others = new ArrayList<>(askUntilAsked(second));
    filters.stop(firstInstance);
    await().atMost(PATIENCE).until(() -> second.asked() == QUERIES + others.size());
    HeldFilter third = new HeldFilter(verdict);
    spawn(third);
    others.addAll(askUntilAsked(third));
    filters.stop(secondInstance);

    assertThat(Dig.results(queries)).containsOnly(NO_FILTER);
    third.release();
    assertThat(Dig.results(others))
        .endsWith(DECIDED)
        .filteredOn(DECIDED::equals)
        .hasSize(third.asked());
  }

  private ActorRef<ToInstance> spawn(Filter filter) {
    return spawn(filter, FilterInstance.DEFAULT_CREDITS);
  }

  private ActorRef<ToInstance> spawn(Filter filter, int credits) {
    ActorRef<ToInstance> instance =
        filters.spawn(FilterInstance.create(JUDGE, filter, credits, new FilterMetrics()));
    instances.add(instance);
    ClusterRig.awaitAvailable(node, JUDGE, true);
    return instance;
  }

  /** Asks until this one, which has more credits left than others, is known and has been asked. */
  private static List<CompletableFuture<Message>> askUntilAsked(HeldFilter filter) {
    List<CompletableFuture<Message>> queries = new ArrayList<>();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              queries.add(Dig.ask(dns(node), queries.size() + ".more.anteroom.test"));
              return filter.asked() > 0;
            });
    return queries;
  }
}
