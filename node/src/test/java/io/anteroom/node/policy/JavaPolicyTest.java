// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** What becomes of the outcomes of a policy. */
class JavaPolicyTest {
  @TempDir static Path work;
  private static Path directory;

  private ManyPolicy many;

  @BeforeAll
  static void compile() throws IOException {
    PolicyJars jars = new PolicyJars(work);
    directory = work.resolve("policies");
    ManyPolicy.pack(jars, directory);
  }

  @BeforeEach
  void start() throws Exception {
    many = new ManyPolicy(directory);
  }

  private static Message answer(RuleOutcome outcome) throws IOException {
    return new Message(((RuleOutcome.Answer) outcome).message());
  }

  @Test
  void run_next_leavesTheQueryAsItIs() throws Exception {
    Query query = Queries.forName("next.example.");

    assertThat(many.run(Stage.QUERY, query)).isEqualTo(new RuleOutcome.Next(query));
  }

  @Test
  void run_marks_setsThem() throws Exception {
    Query query = ((RuleOutcome.Next) many.run("marks.example.")).query();

    assertThat(query.pool()).isEqualTo("family");
    assertThat(query.tags()).isEqualTo(Map.of("a", "1"));
    assertThat(query.error()).isEqualTo(new ExtendedError(17, "why"));
  }

  @Test
  void run_answers_areMadeForTheQuery() throws Exception {
    Message negative = answer(many.run("rcode.example."));
    assertThat(negative.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(negative.getSection(Section.AUTHORITY)).hasSize(1);

    Message addresses = answer(many.run("addresses.example."));
    assertThat(addresses.getSection(Section.ANSWER)).hasSize(1);
    ARecord address = (ARecord) addresses.getSection(Section.ANSWER).get(0);
    assertThat(address.getAddress().getHostAddress()).isEqualTo("192.0.2.1");
    assertThat(address.getTTL()).isEqualTo(60);

    assertThat(answer(many.run("message.example.")).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(many.run("drop.example.")).isInstanceOf(RuleOutcome.Drop.class);
  }

  @Test
  void run_answer_keepsTheMarksToo() throws Exception {
    RuleOutcome.Answer answer = (RuleOutcome.Answer) many.run("rcode.example.");

    assertThat(answer.query().tags()).isEqualTo(Map.of("a", "1"));
  }

  @Test
  void run_truncate_onlyForUdp() throws Exception {
    Query udp = Queries.forName("truncate.example.");
    Client client = new Client(udp.client().address(), Transport.TCP, 1);
    Query tcp = Query.of(udp.wire(), client, Rules.NONE);

    assertThat(answer(many.run(Stage.QUERY, udp)).getHeader().getFlag(org.xbill.DNS.Flags.TC))
        .isTrue();
    assertThat(many.run(Stage.QUERY, tcp)).isEqualTo(new RuleOutcome.Next(tcp));
  }

  @Test
  void run_suspend_namesTheFilterAndTheRules() throws Exception {
    RuleOutcome.Suspend suspend = (RuleOutcome.Suspend) many.run("suspend.example.");

    assertThat(suspend.asyncId()).isEqualTo(7);
    assertThat(suspend.nextRule()).isEqualTo(4);
    assertThat(suspend.rule()).isEqualTo(3);
    assertThat(suspend.query().continuation()).isNull();
    assertThat(suspend.query().tags()).isEqualTo(Map.of("a", "1"));
  }

  @Test
  void run_async_suspendsWithAContinuation() throws Exception {
    RuleOutcome.Suspend suspend = (RuleOutcome.Suspend) many.run("async.example.");

    assertThat(suspend.asyncId()).isEqualTo(8);
    assertThat(suspend.nextRule()).isEqualTo(4);
    assertThat(suspend.rule()).isEqualTo(3);
    assertThat(suspend.query().tags()).isEqualTo(Map.of("a", "1"));
    assertThat(suspend.query().continuation())
        .isEqualTo(
            new Continuation(
                many.policy,
                "found",
                Map.of("uid", "bob"),
                new Operation(Map.of("path", "/x")),
                Duration.ofMillis(200),
                0));
  }

  @Test
  void resume_result_routeGetsResultAndVariables() throws Exception {
    Query waiting = ((RuleOutcome.Suspend) many.run("async.example.")).query();

    RuleOutcome outcome = many.resume(waiting, OperationResult.done(Map.of("x", 5)));

    Query query = ((RuleOutcome.Next) outcome).query();
    assertThat(query.continuation()).isNull();
    assertThat(query.tags())
        .isEqualTo(
            Map.of("a", "1", "code", "1", "out", "5", "uid", "bob", "name", "async.example"));
  }

  @Test
  void resume_eachCode_isPassedOn() throws Exception {
    Query waiting = ((RuleOutcome.Suspend) many.run("async.example.")).query();

    for (ResultCode code : ResultCode.values()) {
      if (code != ResultCode.REJECTED) {
        RuleOutcome outcome = many.resume(waiting, new OperationResult(code, Map.of()));

        assertThat(((RuleOutcome.Next) outcome).query().tags())
            .containsEntry("code", "" + code.number());
      }
    }
  }

  @Test
  void resume_anotherOperationAfterARejectedOne_countsThoseInARow() throws Exception {
    Query waiting = ((RuleOutcome.Suspend) many.run("async.example.")).query();
    OperationResult rejected = OperationResult.failed(ResultCode.REJECTED, "full");

    for (int row = 1; row < 4; row++) {
      waiting = ((RuleOutcome.Suspend) many.resume(waiting, rejected)).query();

      Continuation where = waiting.continuation();
      assertThat(where).isNotNull();
      assertThat(where.refused()).isEqualTo(row);
      assertThat(where.variables()).isEqualTo(Map.of("uid", "bob"));
    }
  }

  @Test
  void run_everyStage_otherOutcomesArePossible() throws Exception {
    for (Stage stage : Stage.values()) {
      assertThat(many.run(stage, ManyPolicy.answered("rcode.example.")))
          .isInstanceOf(RuleOutcome.Answer.class);
      assertThat(many.run(stage, ManyPolicy.answered("drop.example.")))
          .isInstanceOf(RuleOutcome.Drop.class);
      assertThat(many.run(stage, ManyPolicy.answered("suspend.example.")))
          .isInstanceOf(RuleOutcome.Suspend.class);
      assertThat(many.run(stage, ManyPolicy.answered("async.example.")))
          .isInstanceOf(RuleOutcome.Suspend.class);
    }
  }

  @Test
  void view_queryWithoutAndWithAnswer_tellsAll() throws Exception {
    Map<String, String> before = ((RuleOutcome.Next) many.run("view.example.")).query().tags();
    RuleOutcome later = many.run(Stage.CACHE_HIT, ManyPolicy.answered("view.example."));
    Map<String, String> after = ((RuleOutcome.Next) later).query().tags();

    Map<String, String> expected = new HashMap<>();
    expected.put("stage", "query");
    expected.put("name", "view.example");
    expected.put("type", "1");
    expected.put("class", "1");
    expected.put("client", "/127.0.0.1:40000");
    expected.put("transport", "udp");
    expected.put("pool", "default");
    expected.put("cached", "false");
    expected.put("rcode", "-1");
    expected.put("sizes", "30 -");
    assertThat(before).isEqualTo(expected);
    expected.put("stage", "cache-hit");
    expected.put("cached", "true");
    expected.put("rcode", "5");
    expected.put("sizes", "30 30");
    assertThat(after).isEqualTo(expected);
  }

  @Test
  void view_message_isACopy() throws Exception {
    Query query = Queries.forName("message.example.");
    byte[] before = query.wire().bytes().clone();

    many.run(Stage.QUERY, query);

    assertThat(query.wire().bytes()).isEqualTo(before);
  }

  @Test
  void view_root_isADot() throws Exception {
    assertThat(((RuleOutcome.Next) many.run(".")).query().tags()).isEqualTo(Map.of("root", "."));
  }

  @Test
  void run_ask_suspendsForTheFilterWithAContinuation() throws Exception {
    RuleOutcome.Suspend suspend = (RuleOutcome.Suspend) many.run("ask.example.");

    assertThat(suspend.asyncId()).isEqualTo(7);
    assertThat(suspend.query().continuation())
        .isEqualTo(new Continuation(many.policy, "found", Map.of("uid", "bob"), null, null, 0));
  }
}
