// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Effect;
import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.ClientSubnet;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Map;
import java.util.Set;

/**
 * What a rule does with the queries that it is for. Immutable; runs on the event loop, never
 * blocks, and has no effect but in what it returns.
 */
public interface Action {
  /** Whether it does anything to this query; if not, the next rule has its turn. */
  default boolean concerns(Query query) {
    return true;
  }

  /**
   * What comes of the query: {@code Next} if the next rule is to have its turn, with the query as
   * that one sees it; anything else ends the chain, at least for now.
   *
   * @param nextRule the index of the rule after this one
   */
  Outcome act(Query query, int nextRule);

  /** Does nothing; the rule stands there for its name. */
  record Continue() implements Action {
    @Override
    public Outcome act(Query query, int nextRule) {
      return new Outcome.Next(query);
    }
  }

  /** Chooses the upstream pool. */
  record Pool(String name) implements Action {
    @Override
    public Outcome act(Query query, int nextRule) {
      return new Outcome.Next(query.withPool(name));
    }
  }

  /**
   * Parks the query until the filter service with this asyncID has decided.
   *
   * @param thenDone whether the rest of the chain is skipped when it goes on
   * @param onHit whether it is for answers from the cache too
   */
  record Suspend(int asyncId, boolean thenDone, boolean onHit) implements Action {
    @Override
    public boolean concerns(Query query) {
      return onHit || !query.cached();
    }

    @Override
    public Outcome act(Query query, int nextRule) {
      return new Outcome.Suspend(
          query, asyncId, thenDone ? Integer.MAX_VALUE : nextRule, nextRule - 1);
    }
  }

  /** Gives no answer. */
  record Drop() implements Action {
    @Override
    public Outcome act(Query query, int nextRule) {
      return new Outcome.Drop(query);
    }
  }

  /** Has something done besides. */
  record Besides(Effect effect) implements Action {
    @Override
    public Outcome act(Query query, int nextRule) {
      return new Outcome.Aside(query, effect, nextRule);
    }
  }

  /** Puts tags on the query. */
  record SetTags(Map<String, String> tags) implements Action {
    @Override
    public Outcome act(Query query, int nextRule) {
      return new Outcome.Next(query.withTags(tags));
    }
  }

  /** Takes tags off the query. */
  record UnsetTags(Set<String> names) implements Action {
    @Override
    public Outcome act(Query query, int nextRule) {
      return new Outcome.Next(query.withoutTags(names));
    }
  }

  /** Has upstream servers be told so many bits of the client's address, unless it minds. */
  record TellSubnet(int ipv4, int ipv6) implements Action {
    @Override
    public boolean concerns(Query query) {
      return !query.wire().keepsSubnetPrivate();
    }

    @Override
    public Outcome act(Query query, int nextRule) {
      InetAddress client = query.client().address().getAddress();
      int bits = client instanceof Inet4Address ? ipv4 : ipv6;
      return new Outcome.Next(query.withSubnet(ClientSubnet.of(client, bits)));
    }
  }

  /** Has upstream servers be told nothing of the client. */
  record KeepSubnet() implements Action {
    @Override
    public Outcome act(Query query, int nextRule) {
      return new Outcome.Next(query.withSubnet(null));
    }
  }

  /** Has the answer neither come from the answer cache nor go there. */
  record SkipCache() implements Action {
    @Override
    public Outcome act(Query query, int nextRule) {
      return new Outcome.Next(query.withoutCache());
    }
  }
}
