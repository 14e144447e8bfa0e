// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.NetmaskSet;
import io.anteroom.node.flow.PoolStates;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.WireAnswer;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Selectors for properties of a query other than its name. */
final class QuerySelectors {
  private QuerySelectors() {}

  private static BitSet bits(List<Integer> numbers) {
    BitSet bits = new BitSet();
    numbers.forEach(bits::set);
    return bits;
  }

  /** Matches these types. */
  record Type(BitSet types) implements Selector {
    static Type of(List<Integer> numbers) {
      return new Type(bits(numbers));
    }

    @Override
    public boolean matches(Query query) {
      return types.get(query.wire().type());
    }
  }

  /** Matches these classes. */
  record DnsClass(BitSet classes) implements Selector {
    static DnsClass of(List<Integer> numbers) {
      return new DnsClass(bits(numbers));
    }

    @Override
    public boolean matches(Query query) {
      return classes.get(query.wire().dnsClass());
    }
  }

  /** Matches these opcodes; only queries with opcode QUERY reach rules. */
  record Opcode(BitSet opcodes) implements Selector {
    static Opcode of(List<Integer> numbers) {
      return new Opcode(bits(numbers));
    }

    @Override
    public boolean matches(Query query) {
      return opcodes.get(query.wire().opcode());
    }
  }

  /** Matches this value of RD. */
  record RecursionDesired(boolean set) implements Selector {
    @Override
    public boolean matches(Query query) {
      return query.wire().recursionDesired() == set;
    }
  }

  /** Matches this value of DO. */
  record DnssecOk(boolean set) implements Selector {
    @Override
    public boolean matches(Query query) {
      return query.wire().dnssecOk() == set;
    }
  }

  /** Matches queries with one of these EDNS options. */
  record EdnsOption(List<Integer> codes) implements Selector {
    @Override
    public boolean matches(Query query) {
      for (int i = 0; i < codes.size(); i++) {
        if (query.wire().hasOption(codes.get(i))) {
          return true;
        }
      }
      return false;
    }
  }

  /** Matches clients with one of these identities. */
  record Identity(Set<String> names) implements Selector {
    @Override
    public boolean matches(Query query) {
      return names.contains(query.client().identity());
    }
  }

  /** Matches clients whose identity is known, or those whose is not. */
  record HasIdentity(boolean known) implements Selector {
    @Override
    public boolean matches(Query query) {
      return query.client().identity().isEmpty() != known;
    }
  }

  /** Matches clients that asked for one of these names in their TLS handshake. */
  record ServerName(ServerNames names) implements Selector {
    @Override
    public boolean matches(Query query) {
      return names.contain(query.client().session().serverName());
    }
  }

  /** Matches queries whose HTTP path is one of these, or begins with one of the prefixes. */
  record HttpPath(Set<String> paths, List<String> prefixes) implements Selector {
    /** Takes paths; one with an asterisk at its end is a prefix. */
    static HttpPath of(List<String> texts) {
      return new HttpPath(
          Set.copyOf(texts.stream().filter(text -> !text.endsWith("*")).toList()),
          texts.stream()
              .filter(text -> text.endsWith("*"))
              .map(text -> text.substring(0, text.length() - 1))
              .toList());
    }

    @Override
    public boolean matches(Query query) {
      String path = query.client().session().path();
      if (path.isEmpty()) {
        return false;
      } else if (paths.contains(path)) {
        return true;
      }
      for (int i = 0; i < prefixes.size(); i++) {
        if (path.startsWith(prefixes.get(i))) {
          return true;
        }
      }
      return false;
    }
  }

  /** Matches clients in one of these networks. */
  record ClientIn(NetmaskSet ranges) implements Selector {
    @Override
    public boolean matches(Query query) {
      return ranges.contains(query.client().address().getAddress());
    }
  }

  /** Matches queries that arrived at one of these listeners. */
  record Listener(Set<String> names) implements Selector {
    @Override
    public boolean matches(Query query) {
      return names.contains(query.client().listener());
    }
  }

  /** Matches queries that arrived over one of these transports. */
  record Transport(Set<io.anteroom.protocol.Transport> transports) implements Selector {
    @Override
    public boolean matches(Query query) {
      return transports.contains(query.client().transport());
    }
  }

  /** Matches queries with one of these tags. */
  record Tagged(List<Tag> tags) implements Selector {
    @Override
    public boolean matches(Query query) {
      if (query.tags().isEmpty()) {
        return false;
      }
      for (int i = 0; i < tags.size(); i++) {
        if (tags.get(i).isOn(query)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Matches queries whose answer has one of these response codes. */
  record Rcode(BitSet rcodes) implements Selector {
    static Rcode of(List<Integer> numbers) {
      return new Rcode(bits(numbers));
    }

    @Override
    public boolean matches(Query query) {
      byte[] answer = query.answer();
      return answer != null && rcodes.get(rcode(query, answer));
    }

    /**
     * The response code; its upper bits are in the OPT record, which the answer has only if the
     * query has one.
     */
    private static int rcode(Query query, byte[] answer) {
      WireAnswer parsed = query.wire().hasEdns() ? WireAnswer.parse(answer) : null;
      return parsed == null ? answer[3] & 0xf : parsed.rcode();
    }
  }

  /** Matches this share of queries, at random. */
  record Probability(double share) implements Selector {
    @Override
    public boolean matches(Query query) {
      return ThreadLocalRandom.current().nextDouble() < share;
    }
  }

  /** Matches all queries while one of these pools has a server that is not down. */
  record PoolUsable(List<String> pools, PoolStates states) implements Selector {
    @Override
    public boolean matches(Query query) {
      for (int i = 0; i < pools.size(); i++) {
        if (states.isUsable(pools.get(i))) {
          return true;
        }
      }
      return false;
    }
  }
}
