// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.wire.AnswerEdits;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.MadeAnswers;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Actions that answer, and actions that change an answer. */
final class AnswerActions {
  private AnswerActions() {}

  /** Answers without records. */
  record Rcode(int rcode) implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Answer(query, Answers.rcode(query.wire(), rcode, null));
    }
  }

  /** Answers with the records of the query's type. */
  record Spoof(List<MadeAnswers.Data> records) implements Action {
    public Spoof {
      records = List.copyOf(records);
    }

    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Answer(
          query, MadeAnswers.data(query.wire(), records, MadeAnswers.DEFAULT_SOA));
    }
  }

  /** Answers with NXDOMAIN or NODATA. */
  record Negative(int rcode, MadeAnswers.Soa soa) implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Answer(query, MadeAnswers.negative(query.wire(), rcode, soa));
    }
  }

  /** Makes clients on UDP retry over TCP. */
  record Truncate() implements Action {
    @Override
    public boolean concerns(Query query) {
      return query.client().transport() == Transport.UDP;
    }

    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return new RuleOutcome.Answer(query, Answers.truncated(query.wire()));
    }
  }

  /** Adds an Extended DNS Error (RFC 8914) to the later answer, and applies another action. */
  record WithError(ExtendedError error, Action then) implements Action {
    @Override
    public boolean concerns(Query query) {
      return then.concerns(query);
    }

    @Override
    public RuleOutcome act(Query query, int nextRule) {
      return then.act(query.withError(error), nextRule);
    }

    @Override
    public Set<Integer> services() {
      return then.services();
    }
  }

  /** Limits the TTLs of the answer. */
  record LimitTtl(int least, int most) implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      byte[] answer = query.answer();
      return new RuleOutcome.Next(
          answer == null ? query : query.withEdited(AnswerEdits.limitTtls(answer, least, most)));
    }
  }

  /** Removes records of these types from the answer. */
  record RemoveTypes(BitSet types) implements Action {
    @Override
    public RuleOutcome act(Query query, int nextRule) {
      byte[] answer = query.answer();
      if (answer == null) {
        return new RuleOutcome.Next(query);
      }
      byte[] less = AnswerEdits.removeTypes(answer, types);
      // If the answer can't be read, it must not reach the client unfiltered.
      return less == null
          ? new RuleOutcome.Answer(query, Answers.rcode(query.wire(), Rcodes.SERVFAIL, null))
          : new RuleOutcome.Next(less == answer ? query : query.withEdited(less));
    }
  }

  /**
   * Applies a response policy zone to the name (draft-vixie-dnsop-dns-rpz section 3). PASSTHRU also
   * disables later policy zones for this query, through a tag that other rules can match.
   */
  record Rpz(ListFile zone) implements Action {
    static final Tag PASSED = Tag.parse("rpz=passthru");

    private static final Map<String, String> PASSED_ON = Map.of("rpz", "passthru");

    @Override
    public boolean concerns(Query query) {
      NameList names = zone.names();
      int entry = names.find(query.wire().name());
      if (entry == NameList.NONE || PASSED.isOn(query)) {
        return false;
      }
      return names.word(entry) != NameList.Word.TCP_ONLY
          || query.client().transport() == Transport.UDP;
    }

    @Override
    public RuleOutcome act(Query query, int nextRule) {
      WireQuery wire = query.wire();
      NameList names = zone.names();
      int entry = names.find(wire.name());
      if (entry == NameList.NONE) {
        // The list has changed since the rule matched.
        return new RuleOutcome.Next(query);
      }
      return switch (names.word(entry)) {
        case NOTHING, EXCEPTED, EXCEPTED_AT_LAST -> new RuleOutcome.Next(query);
        case PASSTHRU -> new RuleOutcome.Next(query.withTags(PASSED_ON));
        case DROP -> new RuleOutcome.Drop(query);
        case TCP_ONLY -> new RuleOutcome.Answer(query, Answers.truncated(wire));
        case LISTED, LISTED_ANYWAY, NXDOMAIN -> negative(query, Rcodes.NXDOMAIN, names);
        case NODATA -> negative(query, Rcodes.NOERROR, names);
        case LOCAL_DATA -> local(query, names, names.data(entry));
      };
    }

    private static RuleOutcome negative(Query query, int rcode, NameList names) {
      return new RuleOutcome.Answer(query, MadeAnswers.negative(query.wire(), rcode, soa(names)));
    }

    private static RuleOutcome local(Query query, NameList names, @Nullable PolicyData data) {
      List<MadeAnswers.Data> records = data == null ? List.of() : data.records(query.wire());
      return new RuleOutcome.Answer(query, MadeAnswers.data(query.wire(), records, soa(names)));
    }

    private static MadeAnswers.Soa soa(NameList names) {
      MadeAnswers.Soa own = names.soa();
      return own == null ? MadeAnswers.DEFAULT_SOA : own;
    }
  }
}
