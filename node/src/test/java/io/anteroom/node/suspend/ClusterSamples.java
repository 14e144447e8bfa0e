// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Described;
import io.anteroom.node.flow.History;
import io.anteroom.node.flow.Marks;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.Session;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspendRefused;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.ClaimShard;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Describe;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.flow.Waiting;
import io.anteroom.node.suspend.HandOvers.MoveShard;
import io.anteroom.node.suspend.HandOvers.ShardLeaves;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Messages between nodes, of every kind, with every kind of field in use. */
final class ClusterSamples {
  /** {@code www.example.} A, with an OPT record. */
  private static final byte[] QUERY =
      HexFormat.of()
          .parseHex(
              "123401000001000000000001"
                  + "03777777076578616d706c650000010001"
                  + "00002904d0000000000000");

  private final ActorRef<OriginCommand> origin;
  private final ActorRef<ToRouter> router;
  private final ActorRef<ToInstance> instance;
  private final ActorRef<SuspensionCommand> entity;
  private final ActorRef<Described> describer;

  ClusterSamples(ActorTestKit kit) {
    origin = kit.<OriginCommand>createTestProbe().ref();
    router = kit.<ToRouter>createTestProbe().ref();
    instance = kit.<ToInstance>createTestProbe().ref();
    entity = kit.<SuspensionCommand>createTestProbe().ref();
    describer = kit.<Described>createTestProbe().ref();
  }

  /** One of each kind. */
  List<ClusterMessage> oneOfEach() {
    return List.of(
        suspend(System.nanoTime() + 5_000_000_000L),
        decide(Verdict.refuse(new ExtendedError(15, "because")).withTag("a", "b")),
        new Cancel(key()),
        new ClaimShard(255),
        new Resumed(key(), new Resumed.Decided(Verdict.answer(QUERY.clone()), false)),
        new Resumed(key(), new Resumed.NotDecided(Undecided.OVERLOAD)),
        new SuspendRefused(key()),
        new MoveShard(255, "::1", 17_355),
        new ShardLeaves(255),
        new Settled(new ResumeResult(key(), ResumeResult.Status.ENDED), instance),
        new Describe(key(), describer),
        new Described(key(), waiting(), false));
  }

  /** Without Suspend, all that come back the same. */
  List<ClusterMessage> timeless() {
    List<ClusterMessage> all = new ArrayList<>();
    for (Verdict verdict : verdicts()) {
      all.add(decide(verdict));
      all.add(new Resumed(key(), new Resumed.Decided(verdict, false)));
      all.add(new Decide(key(), verdict, instance, router, true));
      all.add(new Resumed(key(), new Resumed.Decided(verdict, true)));
    }
    for (Undecided reason : Undecided.values()) {
      all.add(new Resumed(key(), new Resumed.NotDecided(reason)));
    }
    for (ResumeResult.Status status : ResumeResult.Status.values()) {
      all.add(new Settled(new ResumeResult(key(), status), instance));
    }
    all.add(new MoveShard(0, "node.example", 0));
    all.add(new ShardLeaves(0));
    all.add(new Describe(key(), describer));
    all.add(new Described(key(), null, true));
    all.addAll(
        List.of(
            new Cancel(key()), new ClaimShard(0), new ClaimShard(255), new SuspendRefused(key())));
    return all;
  }

  private Waiting waiting() {
    return new Waiting(suspend(System.nanoTime() + 5_000_000_000L).state(), entity, instance);
  }

  Suspend suspend(long deadlineNanos) {
    return suspend(Transport.UDP, "192.0.2.1", "internal", Map.of("list", "a"), deadlineNanos);
  }

  Suspend suspend(
      Transport transport,
      String client,
      @Nullable String pool,
      Map<String, String> tags,
      long deadlineNanos) {
    Client from =
        new Client(
            new InetSocketAddress(address(client), 53_000),
            transport,
            transport == Transport.UDP ? 0 : Long.MAX_VALUE);
    WireQuery wire = (WireQuery) WireQuery.parse(QUERY.clone());
    ExtendedError error = new ExtendedError(ExtendedError.FILTERED, "for a reason");
    byte[] answer = pool == null ? null : Answers.rcode(wire, 3, error);
    WireQuery original = pool == null ? null : wire.renamed(WireName.parse("old.example"));
    Query query =
        new Query(
            wire,
            from,
            Rules.NONE,
            new Marks(tags, pool, pool == null ? null : error, pool != null),
            new History(original, 8, 2),
            answer,
            pool != null);
    return new Suspend(
        new SuspendedState(key(), Stage.QUERY, 1_000, query, origin, deadlineNanos), true);
  }

  /** A query that waits for an operation. */
  Suspend suspend(Operation operation, long deadlineNanos) {
    SuspendedState state = suspend(deadlineNanos).state();
    return new Suspend(
        new SuspendedState(
            state.key(),
            state.stage(),
            state.nextRule(),
            state.query().withContinuation(Continuation.of(operation)),
            origin,
            deadlineNanos),
        true);
  }

  Suspend suspend(Session session, long deadlineNanos) {
    SuspendedState state = suspend(deadlineNanos).state();
    Query query = state.query();
    return new Suspend(
        new SuspendedState(
            state.key(),
            state.stage(),
            state.nextRule(),
            query.withClient(query.client().withSession(session)),
            origin,
            deadlineNanos),
        true);
  }

  static SuspensionKey key() {
    return new SuspensionKey(65_535, Long.MAX_VALUE);
  }

  private Decide decide(Verdict verdict) {
    return new Decide(key(), verdict, instance, router);
  }

  private static List<Verdict> verdicts() {
    ExtendedError error = new ExtendedError(ExtendedError.BLOCKED, "because");
    return List.of(
        Verdict.proceed(),
        Verdict.proceed().withTag("größe", ""),
        Verdict.rcode(15),
        Verdict.refuse(error),
        Verdict.of(
                new Decision.Addresses(
                    List.of(address("192.0.2.7"), address("2001:db8::7")), 86_400))
            .withError(error),
        Verdict.answer(QUERY.clone()),
        Verdict.truncate().withError(error),
        Verdict.changeName("other.example"),
        Verdict.toPool("internal"),
        Verdict.askAgain().withTag("a", "b"),
        Verdict.drop(),
        Verdict.result(OperationResult.done(Map.of("rows", List.of(Map.of("uid", "a"))))),
        Verdict.result(OperationResult.failed(ResultCode.CONNECT_TIMEOUT, "no route")));
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
