// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.GiveUp;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import java.time.Duration;
import java.util.AbstractCollection;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestSenderTest {
  private static final int MANY = 200_000;
  private static final long DEADLINE = 1_000;
  private static final Query QUERY = Queries.forName("www.example");

  private final FilterService service =
      new FilterService(
          new FilterSettings(
              "guard",
              7,
              Duration.ofSeconds(1),
              Policy.CONTINUE,
              Policy.CONTINUE,
              Policy.CONTINUE,
              2 * MANY,
              2 * MANY,
              2 * MANY));
  private final TestInbox<ToRouter> self = TestInbox.create();
  private final TestInbox<SuspensionCommand> entity = TestInbox.create();
  private final TestInbox<OriginCommand> origin = TestInbox.create();
  private final Instances instances = new Instances();
  private final CountingMap own = new CountingMap();
  private final Requests requests = new Requests(own);
  private long now;
  private final RequestSender sender =
      new RequestSender(service, service.view(), instances, requests, self.getRef(), () -> now);

  @ParameterizedTest
  @ValueSource(ints = {10, MANY})
  void oldest_looksAtWhatItReturns_howeverManyWait(int waiting) {
    instance(1);
    for (int i = 0; i < waiting; i++) {
      ask(i, i % 2 == 0);
    }

    List<Pending> oldest = requests.oldest(3);

    assertThat(oldest).extracting(Pending::key).containsExactly(key(1), key(3), key(5));
    assertThat(own.visited).isEqualTo(3);
    assertThat(requests.own()).isEqualTo(waiting / 2);
  }

  /** The queue has no way to be gone through, so only the map of all requests could be. */
  @ParameterizedTest
  @ValueSource(ints = {10, MANY})
  void instanceThatGoes_losesItsOwnRequests_andThoseThatWaitAreNotLookedAt(int waiting) {
    Instance gone = instance(2);
    for (int i = 0; i < 2 + waiting; i++) {
      ask(i, false);
    }
    instances.remove(gone.ref());
    TestInbox<ToInstance> inbox = TestInbox.create();
    instance(inbox, 2);

    sender.moveAllFrom(gone);
    sender.flush();

    assertThat(keys(inbox)).containsExactly(key(0), key(1));
    assertThat(gone.outstanding()).isZero();
    assertThat(requests.queued()).isEqualTo(waiting);
    assertThat(own.visited).isZero();
  }

  @Test
  void instanceThatCannotBeReached_losesWhatAnotherMayHave_andKeepsTheRest() {
    Instance first = instance(1);
    ask(1, false);
    first.setCutOff(true);
    Instance second = instance(1);
    sender.moveFrom(first);
    assertThat(second.outstanding()).isEqualTo(1);

    second.setCutOff(true);
    instance(1);
    sender.moveFrom(second);

    assertThat(second.outstanding()).isEqualTo(1);
    assertThat(entity.hasMessages()).isFalse();
    assertThat(service.counters().get(SuspensionCounter.REQUESTS_RESENT)).isEqualTo(1);
  }

  @Test
  void requestWhoseTimeIsUp_staysWithAnInstanceThatCannotBeReached_andIsGivenUpOnceItGoes() {
    Instance instance = instance(1);
    ask(1, false);
    instance.setCutOff(true);
    now = DEADLINE;

    sender.moveFrom(instance);
    assertThat(instance.outstanding()).isEqualTo(1);
    assertThat(entity.hasMessages()).isFalse();

    sender.moveAllFrom(instance);
    entity.expectMessage(new GiveUp(key(1), Undecided.NO_FILTER));
    assertThat(requests.size()).isZero();
  }

  @Test
  void requestThatEnds_leavesItsInstanceOrTheQueue() {
    Instance instance = instance(1);
    ask(1, false);
    ask(2, true);
    ask(3, false);

    sender.end(key(1));
    sender.end(key(2));

    assertThat(instance.outstanding()).isZero();
    assertThat(requests.queued()).isEqualTo(1);
    instance.giveBack(1);
    sender.drainQueue();
    assertThat(instance.outstanding()).isEqualTo(1);
    assertThat(requests.get(key(3))).isNotNull();
  }

  @Test
  void requestsWithoutAnyInstanceLeft_areGivenUp_inTheOrderInWhichTheyAsked() {
    instance(0);
    for (int i = 1; i <= 3; i++) {
      ask(i, i == 2);
    }

    sender.giveUpQueued();

    assertThat(entity.getAllReceived())
        .containsExactly(
            new GiveUp(key(1), Undecided.NO_FILTER),
            new GiveUp(key(2), Undecided.NO_FILTER),
            new GiveUp(key(3), Undecided.NO_FILTER));
    assertThat(requests.size()).isZero();
  }

  private Instance instance(int credits) {
    return instance(TestInbox.create(), credits);
  }

  private Instance instance(TestInbox<ToInstance> inbox, int credits) {
    Instance instance = new Instance(inbox.getRef(), false);
    instance.grant(credits);
    instances.add(instance);
    service.view().setAvailable(true);
    return instance;
  }

  private void ask(int number, boolean vote) {
    sender.ask(
        new Ask(
            Queries.suspended(key(number), QUERY, origin.getRef(), DEADLINE),
            entity.getRef(),
            vote));
  }

  private static List<SuspensionKey> keys(TestInbox<ToInstance> instance) {
    return instance.getAllReceived().stream()
        .filter(FilterRequests.class::isInstance)
        .flatMap(message -> ((FilterRequests) message).requests().stream())
        .map(FilterRequest::key)
        .toList();
  }

  private static SuspensionKey key(int number) {
    return new SuspensionKey(7, number);
  }

  /** Counts the entries that are looked at by going through it. */
  private static final class CountingMap extends LinkedHashMap<SuspensionKey, Pending> {
    private static final long serialVersionUID = 1;
    private int visited;

    @Override
    public Collection<Pending> values() {
      return counting(super.values());
    }

    @Override
    public Set<SuspensionKey> keySet() {
      throw new UnsupportedOperationException("not counted");
    }

    @Override
    public Set<Map.Entry<SuspensionKey, Pending>> entrySet() {
      throw new UnsupportedOperationException("not counted");
    }

    private Collection<Pending> counting(Collection<Pending> values) {
      return new AbstractCollection<>() {
        @Override
        public Iterator<Pending> iterator() {
          Iterator<Pending> each = values.iterator();
          return new Iterator<>() {
            @Override
            public boolean hasNext() {
              return each.hasNext();
            }

            @Override
            public Pending next() {
              visited++;
              return each.next();
            }
          };
        }

        @Override
        public int size() {
          return values.size();
        }
      };
    }
  }
}
