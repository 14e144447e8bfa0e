// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Effect;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.wire.ClientSubnet;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Map;
import java.util.Set;

/**
 * What a rule does with queries that match. Immutable; runs on the event loop and never blocks. It
 * has no side effects; its result is the returned outcome.
 */
public interface Action {
  /** Whether the action applies to this query; if not, the chain continues at the next rule. */
  default boolean concerns(Query query) {
    return true;
  }

  /**
   * Applies the action. {@code Next} continues at the next rule with the returned query; any other
   * outcome ends or interrupts the chain.
   *
   * @param nextRule the index of the rule after this one
   */
  RuleOutcome act(Query query, int nextRule);

  /** The asyncIDs of the services for which it suspends queries, itself or by its policy. */
  default Set<Integer> services() {
    return Set.of();
  }

  /** Continues after the last rule of the chain. */
  record Done() implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.EndChain(query);
    }
  }

  /** Applies another action; if the query goes on then, it does after the last rule. */
  record ThenDone(Action action) implements Action {
    @Override
    public boolean concerns(Query query) {
      return action.concerns(query);
    }

    @Override
    public RuleOutcome act(Query query, int nextRule) {
      RuleOutcome outcome = action.act(query, nextRule);
      if (outcome instanceof RuleOutcome.Next next) {
        return new RuleOutcome.EndChain(next.query());
      } else if (outcome instanceof RuleOutcome.Aside aside) {
        return new RuleOutcome.Aside(aside.query(), aside.effect(), Integer.MAX_VALUE);
      } else if (outcome instanceof RuleOutcome.CallPolicy call) {
        return new RuleOutcome.CallPolicy(
            call.query(), call.program(), Integer.MAX_VALUE, call.rule());
      } else if (outcome instanceof RuleOutcome.Suspend suspend) {
        return new RuleOutcome.Suspend(
            suspend.query(), suspend.asyncId(), Integer.MAX_VALUE, suspend.rule());
      }
      return outcome;
    }

    @Override
    public Set<Integer> services() {
      return action.services();
    }
  }

  /** Does nothing. */
  record Continue() implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Next(query);
    }
  }

  /** Chooses the upstream pool. */
  record Pool(String name) implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Next(query.withPool(name));
    }
  }

  /**
   * Suspends the query until the filter service with this asyncID has decided.
   *
   * @param onHit whether it also applies to answers from the cache
   */
  record Suspend(int asyncId, boolean onHit) implements Action {
    @Override
    public boolean concerns(Query query) {
      return onHit || !query.cached();
    }

    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Suspend(query, asyncId, nextRule, nextRule - 1);
    }

    @Override
    public Set<Integer> services() {
      return Set.of(asyncId);
    }
  }

  /** Runs a policy, whose outcome is that of the rule. */
  record RunPolicy(PolicyProgram program) implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.CallPolicy(query, program, nextRule, nextRule - 1);
    }

    @Override
    public Set<Integer> services() {
      return program.services();
    }
  }

  /** Sends no answer. */
  record Drop() implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Drop(query);
    }
  }

  /** Requests a side effect. */
  record Besides(Effect effect) implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Aside(query, effect, nextRule);
    }
  }

  /** Adds tags to the query. */
  record SetTags(Map<String, String> tags) implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Next(query.withTags(tags));
    }
  }

  /** Removes tags from the query. */
  record UnsetTags(Set<String> names) implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Next(query.withoutTags(names));
    }
  }

  /**
   * Sends this many bits of the client's address to upstream servers, unless the client opted out.
   */
  record TellSubnet(int ipv4, int ipv6) implements Action {
    @Override
    public boolean concerns(Query query) {
      return !query.wire().keepsSubnetPrivate();
    }

    @Override
    public RuleOutcome act(Query query, int nextRule) {
      InetAddress client = query.client().address().getAddress();
      int bits = client instanceof Inet4Address ? ipv4 : ipv6;
      return new RuleOutcome.Next(query.withSubnet(ClientSubnet.of(client, bits)));
    }
  }

  /** Sends nothing about the client to upstream servers. */
  record KeepSubnet() implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Next(query.withSubnet(null));
    }
  }

  /** Neither reads nor stores the answer in the answer cache. */
  record SkipCache() implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Next(query.withoutCache());
    }
  }
}
