// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.History;
import io.anteroom.node.flow.Marks;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.Session;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspendRefused;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.ClaimShard;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.rule.RuleContext;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.kryo.Codes;
import io.anteroom.protocol.kryo.FieldReader;
import io.anteroom.protocol.kryo.FieldWriter;
import io.anteroom.protocol.kryo.ProtocolCodes;
import io.anteroom.protocol.kryo.RecordSerializer;
import java.time.Duration;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;

/** Serializers of the messages about suspended queries between nodes. */
final class ClusterSerializers {
  private static final Codes<Undecided> UNDECIDED =
      Codes.of(Map.of(Undecided.TIMEOUT, 1, Undecided.OVERLOAD, 2, Undecided.NO_FILTER, 3));

  private static final int MAX_TAGS =
      Verdict.MAX_TAGS * Suspensions.MAX_IN_A_ROW + RuleContext.MAX_TAG_NAMES;

  /** No suspension lasts longer; a longer remaining time in a message is reduced to this. */
  private static final long MAX_LEFT_MICROS = Duration.ofHours(1).toNanos() / 1_000;

  /** A longer name of a route, which only operators see, is cut. */
  private static final int MAX_ROUTE = 255;

  private static final byte[] NONE = {};

  private ClusterSerializers() {}

  /**
   * Writes the remaining time instead of the deadline. The reader adds it to its own {@code
   * System.nanoTime()}.
   */
  static final class OfSuspend extends RecordSerializer<Suspend> {
    @Override
    protected void write(FieldWriter out, Suspend value) {
      SuspendedState state = value.state();
      out.key(state.key());
      out.code(ProtocolCodes.STAGES, state.stage());
      out.number(state.nextRule());
      write(out, state.query());
      out.actorRef(state.origin());
      out.count((state.deadlineNanos() - System.nanoTime()) / 1_000);
      writeMore(out, state.query());
      out.flag(value.moved());
      out.flag(state.query().marks().skipCache());
      Continuation continuation = state.query().continuation();
      out.optional(continuation == null ? null : continuation.operation());
      String route = continuation == null ? "" : continuation.route();
      out.text(route.substring(0, Math.min(route.length(), MAX_ROUTE)));
      Transport later = ProtocolCodes.later(state.query().client().transport());
      Session session = state.query().client().session();
      boolean told = !session.equals(Session.NONE);
      if (later != null || told) {
        out.optionalCode(ProtocolCodes.TRANSPORTS, later);
      }
      if (told) {
        write(out, session);
      }
    }

    private static void write(FieldWriter out, Session session) {
      out.text(session.identity());
      out.text(session.serverName());
      String path = session.path();
      out.text(path.substring(0, Math.min(path.length(), Session.MAX_PATH)));
    }

    private static void write(FieldWriter out, Query query) {
      out.bytes(query.wire().bytes());
      out.socketAddress(query.client().address());
      out.code(ProtocolCodes.TRANSPORTS, ProtocolCodes.first(query.client().transport()));
      out.count(query.client().connection());
      out.texts(query.tags());
      String pool = query.pool();
      out.text(pool == null ? "" : pool);
      out.number(query.suspensions());
    }

    /** Writes the fields that were added to the protocol later; they follow all older fields. */
    private static void writeMore(FieldWriter out, Query query) {
      WireQuery original = query.history().original();
      byte[] answer = query.answer();
      out.bytes(original == null ? NONE : original.bytes());
      out.optional(query.error());
      out.bytes(answer == null ? NONE : answer);
      out.flag(query.cached());
      out.number(query.rounds());
    }

    @Override
    protected Suspend read(FieldReader in) {
      SuspensionKey key = in.key();
      Stage stage = in.code(ProtocolCodes.STAGES);
      int nextRule = in.number();
      Query query = query(in);
      ActorRef<OriginCommand> origin = in.actorRef();
      long left = Math.min(in.count(), MAX_LEFT_MICROS);
      Query whole = in.more() ? more(in, query) : query;
      boolean moved = in.more() && in.flag();
      Query marked = in.more() && in.flag() ? whole.withoutCache() : whole;
      // Without an operation that this version can't read, the query is asked about at once and
      // ends without a result. If it were refused here, its client would wait until the deadline.
      Operation operation = in.more() ? in.readableOptional(Operation.class) : null;
      String route = in.more() ? in.text(MAX_ROUTE) : "";
      Transport later = in.more() ? in.optionalCode(ProtocolCodes.TRANSPORTS) : null;
      Query over = later == null ? marked : marked.withTransport(later);
      Query told = in.more() ? over.withClient(over.client().withSession(session(in))) : over;
      Query waiting =
          operation == null ? told : told.withContinuation(Continuation.of(operation, route));
      return new Suspend(
          new SuspendedState(
              key, stage, nextRule, waiting, origin, System.nanoTime() + left * 1_000),
          moved);
    }

    private static Session session(FieldReader in) {
      String identity = in.text(FilterRequest.MAX_IDENTITY);
      String serverName = in.more() ? in.text(Session.MAX_SERVER_NAME) : "";
      return Session.of(serverName, in.more() ? in.text(Session.MAX_PATH) : "", identity);
    }

    private static Query query(FieldReader in) {
      WireQuery wire = wire(in.bytes(Verdict.MAX_MESSAGE));
      Client client = new Client(in.socketAddress(), in.code(ProtocolCodes.TRANSPORTS), in.count());
      Map<String, String> tags = in.texts(MAX_TAGS, Verdict.MAX_TAG_LENGTH);
      String pool = in.text(Verdict.MAX_TAG_LENGTH);
      Marks marks = new Marks(tags, pool.isEmpty() ? null : pool, null, false);
      History history = new History(null, in.number(), 0);
      return new Query(wire, client, Rules.NONE, marks, history, null, false);
    }

    private static Query more(FieldReader in, Query query) {
      byte[] original = in.bytes(Verdict.MAX_MESSAGE);
      ExtendedError error = in.optional(ExtendedError.class);
      byte[] answer = in.bytes(Verdict.MAX_MESSAGE);
      if (answer.length > 0 && WireAnswer.parse(answer) == null) {
        throw new IllegalArgumentException("an answer that is none");
      }
      boolean cached = in.flag();
      WireQuery asked = original.length == 0 ? null : wire(original);
      return new Query(
          query.wire(),
          query.client(),
          query.rules(),
          new Marks(query.tags(), query.pool(), error, false),
          new History(asked, query.suspensions(), in.number()),
          answer.length == 0 ? null : answer,
          cached);
    }

    private static WireQuery wire(byte[] bytes) {
      if (WireQuery.parse(bytes) instanceof WireQuery wire) {
        return wire;
      }
      throw new IllegalArgumentException("a suspended query that is none");
    }
  }

  static final class OfDecide extends RecordSerializer<Decide> {
    @Override
    protected void write(FieldWriter out, Decide value) {
      out.key(value.key());
      out.verdict(value.verdict());
      out.actorRef(value.instance());
      out.actorRef(value.replyTo());
      out.flag(value.byOperator());
    }

    @Override
    protected Decide read(FieldReader in) {
      return new Decide(
          in.key(), in.verdict(), in.actorRef(), in.actorRef(), in.more() && in.flag());
    }
  }

  static final class OfCancel extends RecordSerializer<Cancel> {
    @Override
    protected void write(FieldWriter out, Cancel value) {
      out.key(value.key());
    }

    @Override
    protected Cancel read(FieldReader in) {
      return new Cancel(in.key());
    }
  }

  static final class OfClaimShard extends RecordSerializer<ClaimShard> {
    @Override
    protected void write(FieldWriter out, ClaimShard value) {
      out.number16(value.shard());
    }

    @Override
    protected ClaimShard read(FieldReader in) {
      int shard = in.number16();
      if (shard >= SuspensionKey.SHARDS) {
        throw new IllegalArgumentException("shard " + shard);
      }
      return new ClaimShard(shard);
    }
  }

  static final class OfResumed extends RecordSerializer<Resumed> {
    @Override
    protected void write(FieldWriter out, Resumed value) {
      out.key(value.key());
      out.record(value.decision());
    }

    @Override
    protected Resumed read(FieldReader in) {
      SuspensionKey key = in.key();
      // A decision that this version can't read counts as a timeout: the policy applies at once.
      Resumed.Decision decision = in.readable(Resumed.Decision.class);
      return new Resumed(key, decision == null ? new NotDecided(Undecided.TIMEOUT) : decision);
    }
  }

  static final class OfDecided extends RecordSerializer<Decided> {
    @Override
    protected void write(FieldWriter out, Decided value) {
      out.verdict(value.verdict());
      out.flag(value.byOperator());
    }

    @Override
    protected Decided read(FieldReader in) {
      return new Decided(in.verdict(), in.more() && in.flag());
    }
  }

  static final class OfNotDecided extends RecordSerializer<NotDecided> {
    @Override
    protected void write(FieldWriter out, NotDecided value) {
      out.code(UNDECIDED, value.reason());
    }

    @Override
    protected NotDecided read(FieldReader in) {
      return new NotDecided(in.code(UNDECIDED));
    }
  }

  static final class OfSuspendRefused extends RecordSerializer<SuspendRefused> {
    @Override
    protected void write(FieldWriter out, SuspendRefused value) {
      out.key(value.key());
    }

    @Override
    protected SuspendRefused read(FieldReader in) {
      return new SuspendRefused(in.key());
    }
  }

  static final class OfSettled extends RecordSerializer<Settled> {
    @Override
    protected void write(FieldWriter out, Settled value) {
      out.record(value.result());
      out.actorRef(value.instance());
    }

    @Override
    protected Settled read(FieldReader in) {
      return new Settled(in.record(ResumeResult.class), in.actorRef());
    }
  }
}
