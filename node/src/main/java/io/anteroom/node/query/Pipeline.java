// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Chase;
import io.anteroom.node.flow.Query;
import io.anteroom.node.rate.Block;
import io.anteroom.node.wire.AliasChain;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.node.zone.LocalOutcome;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * The order of processing of a query, from question to answer. What comes next is decided only
 * here, from the stage, the query, and the results of the {@linkplain Steps steps}. It has no state
 * and no effect of its own; the steps have, so every implementation of them gets the same order.
 *
 * <pre>
 * block? ANY? -> [query chain] -> local data? -yes-> [self-answered chain] -> reply
 *                                      | no
 *                                 answer cache -hit-> [cache-hit chain] -> [response chain] -> reply
 *                                      | miss
 *                                 [cache-miss chain] -> upstream pool -> answer cache
 *                                      -> [cache-inserted chain] -> [response chain] -> reply
 * </pre>
 *
 * <p>{@link ChainRunner} takes a query through one chain. An answer that a rule or a verdict makes
 * in the query or cache-miss chain goes through the self-answered chain; in the other chains it is
 * sent. When no server has answered, a stale answer of the cache continues like a hit; without one,
 * SERVFAIL goes through the response chain.
 *
 * <p>An answer made by a rule, a verdict or local data may end in an alias (CNAME) without its
 * target. The target is then looked up in local data, the cache and upstream, without rules, and
 * the answer continues when it is complete ({@link Chase}).
 *
 * <p>A call returns when the query has ended, or waits for a filter, a server or a rule's delay.
 * Then another call continues it.
 */
final class Pipeline {
  /** The maximum number of alias targets looked up for one query. */
  private static final int MAX_TARGETS = 8;

  private static final ExtendedError BLOCKED = new ExtendedError(ExtendedError.PROHIBITED);

  private final Steps steps;
  private final ChainRunner chains;

  Pipeline(Steps steps) {
    this.steps = steps;
    this.chains = new ChainRunner(this, steps);
  }

  /** Runs the chains of this pipeline, and continues the queries that wait in one. */
  ChainRunner chains() {
    return chains;
  }

  /** Processes a new query of a client. */
  void begin(Query asked) {
    Query query = passBlock(asked);
    if (query == null) {
      return;
    }
    steps.admit(query);
    if (query.wire().type() == Type.ANY && isUdp(query)) {
      steps.replyToAny(query.withAnswer(Answers.refuseAny(query.wire())));
    } else if (steps.isRepeated(query)) {
      steps.ignoreRepeated(query);
    } else {
      chains.run(Stage.QUERY, query, 0);
    }
  }

  /** Applies a block to the query; null if that ended it. */
  private @Nullable Query passBlock(Query query) {
    Block block = steps.blockOf(query);
    if (block == null) {
      return query;
    }
    WireQuery wire = query.wire();
    switch (block.action().kind()) {
      case DROP -> steps.endBlocked(query, block, null);
      case REFUSE -> steps.endBlocked(query, block, Answers.rcode(wire, Rcode.REFUSED, BLOCKED));
      case NXDOMAIN -> steps.endBlocked(query, block, Answers.rcode(wire, Rcode.NXDOMAIN, null));
      case TRUNCATE -> {
        if (!isUdp(query)) {
          return query;
        }
        steps.endBlocked(query, block, Answers.truncated(wire));
      }
      case SET_TAG -> {
        steps.tagBlocked(block);
        return query.withTags(block.action().tags());
      }
    }
    return null;
  }

  /** Sends a query again after its chain, without the answer that it may have. */
  void restart(Query query) {
    steps.restart();
    lookUp(query.withUnstored(null).startedAgain());
  }

  /** Continues with the step that follows this chain. */
  void follow(Stage stage, Query query) {
    switch (stage) {
      case QUERY -> lookUp(query);
      case CACHE_MISS -> forward(query);
      case CACHE_HIT, CACHE_INSERTED -> {
        if (query.rules().responseOnce()) {
          steps.reply(query);
        } else {
          chains.run(Stage.RESPONSE, query, 0);
        }
      }
      case RESPONSE -> store(query);
      case SELF_ANSWERED -> steps.reply(query);
    }
  }

  /** Stores the answer that has passed the response chain, if it has not been stored before. */
  private void store(Query query) {
    if (query.marks().unstored() == null) {
      steps.reply(query);
      return;
    }
    boolean stored = steps.store(query);
    Query rest = query.withUnstored(null);
    if (stored) {
      chains.run(Stage.CACHE_INSERTED, rest, 0);
    } else {
      steps.reply(rest);
    }
  }

  /** Continues with an answer that a rule or a verdict made in this stage. */
  void answer(Stage stage, Query query, byte[] message) {
    boolean early = stage == Stage.QUERY || stage == Stage.CACHE_MISS;
    goOn(query.withAnswer(message), early ? Stage.SELF_ANSWERED : null, 0);
  }

  /**
   * Continues with an answer made by this node. If it ends in an alias, the target is looked up
   * first.
   *
   * @param next the chain that the answer goes through; null if it is sent
   * @param targets how many targets have been looked up for it
   */
  private void goOn(Query answered, @Nullable Stage next, int targets) {
    List<WireName> names = AliasChain.unfinished(answered.wire(), FinalAnswer.message(answered));
    if (!names.isEmpty()) {
      chase(new Chase(answered, next, targets), names);
    } else if (next == null) {
      steps.reply(answered);
    } else {
      chains.run(next, answered, 0);
    }
  }

  private void chase(Chase chase, List<WireName> names) {
    WireQuery wire = chase.query().wire();
    Query target = chase.query().chasing(chase, wire.renamed(names.get(names.size() - 1)));
    if (chase.steps() >= MAX_TARGETS || AliasChain.isEndless(names)) {
      steps.leaveAlias(target);
      onFailed(target, null);
    } else {
      steps.followAlias(target);
      lookUp(target);
    }
  }

  /**
   * Joins the answer for a target with the alias that leads to it, and continues with the result.
   */
  private void join(Chase chase, Query target) {
    Query alias = chase.query();
    byte[] whole =
        AliasChain.join(alias.wire(), FinalAnswer.message(alias), FinalAnswer.message(target));
    Query joined = alias.withAnswer(whole == null ? rcode(alias, Rcode.SERVFAIL, null) : whole);
    ExtendedError own = alias.error();
    goOn(own == null ? joined.withError(target.error()) : joined, chase.next(), chase.steps() + 1);
  }

  /**
   * Continues with an answer in this chain, or with the waiting alias if the answer is for its
   * target.
   */
  private void found(Stage stage, Query answered) {
    Chase chase = answered.chase();
    if (chase == null) {
      chains.run(stage, answered, 0);
    } else {
      join(chase, answered);
    }
  }

  /** Looks the question up: in local data, then in the cache. */
  private void lookUp(Query query) {
    LocalOutcome local = steps.lookUpLocally(query);
    if (local instanceof LocalOutcome.Answer answer) {
      onLocal(query.withAnswer(answer.message()));
    } else if (local instanceof LocalOutcome.Route route) {
      resolve(query.withPool(route.pool()));
    } else {
      resolve(query);
    }
  }

  private void onLocal(Query answered) {
    Chase chase = answered.chase();
    if (chase == null) {
      goOn(answered, Stage.SELF_ANSWERED, 0);
    } else {
      join(chase, answered);
    }
  }

  private void resolve(Query query) {
    Query cached = steps.lookUpInCache(query);
    if (cached != null) {
      onCached(cached);
    } else if (query.chase() == null) {
      chains.run(Stage.CACHE_MISS, query, 0);
    } else {
      forward(query);
    }
  }

  private void forward(Query query) {
    if (!steps.forward(query)) {
      onFailed(query, null);
    }
  }

  /**
   * Continues with the answer of an upstream server.
   *
   * @param inserted whether the answer was stored in the cache
   */
  void onAnswered(Query answered, boolean inserted) {
    found(inserted ? Stage.CACHE_INSERTED : Stage.RESPONSE, answered);
  }

  /** Continues with an answer from the cache: a hit, or one given because the servers failed. */
  void onCached(Query answered) {
    found(Stage.CACHE_HIT, answered);
  }

  /**
   * Continues with SERVFAIL, because there is no answer. SERVFAIL goes through the response chain
   * like any answer.
   */
  void onFailed(Query query, @Nullable ExtendedError error) {
    Query failed = query.withAnswer(rcode(query, Rcode.SERVFAIL, error));
    found(Stage.RESPONSE, query.chase() == null ? failed : failed.withError(error));
  }

  private static byte[] rcode(Query query, int rcode, @Nullable ExtendedError error) {
    return Answers.rcode(query.wire(), rcode, error);
  }

  static boolean isUdp(Query query) {
    return query.client().transport() == Transport.UDP;
  }
}
