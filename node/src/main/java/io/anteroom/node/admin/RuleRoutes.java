// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.anteroom.node.admin.AdminAgentActor.AskAll;
import io.anteroom.node.admin.AdminAgentActor.Gathered;
import io.anteroom.node.live.ConfigReloader;
import io.anteroom.node.rule.RuleEdit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;

/** Routes that show and change the rules of all nodes. */
final class RuleRoutes extends AllDirectives {
  private static final int MAX_BODY = 64 << 10;
  private static final Duration CHANGE_TIME = Duration.ofSeconds(6);

  private final ActorSystem<?> system;
  private final AdminParts parts;
  private final String node;

  RuleRoutes(ActorSystem<?> system, AdminParts parts) {
    this.system = system;
    this.parts = parts;
    this.node = new Views(parts).node();
  }

  /**
   * A rule of this node.
   *
   * @param hits total of all nodes
   */
  private record Row(
      String stage,
      int position,
      String name,
      boolean enabled,
      long hits,
      String match,
      String action) {}

  /**
   * The list of rules.
   *
   * @param misfits changes that nodes have skipped, and why
   * @param differing nodes with different rules
   */
  private record Rows(
      List<Row> rules, List<String> misfits, List<String> differing, List<String> unanswered) {}

  Route list() {
    return parameterOptional("stage", stage -> list(stage.orElse("")));
  }

  private Route list(String stage) {
    if (!stage.isEmpty()) {
      try {
        var unused = RuleEditJson.stage(stage);
      } catch (IllegalArgumentException e) {
        return complete(Json.error(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage())));
      }
    }
    CompletionStage<Gathered> gathered =
        AskPattern.ask(
            parts.cluster().adminAgent().get().ref(),
            replyTo -> new AskAll(AdminAgentActor.ListRules::new, replyTo),
            AdminRoutes.ANSWER_TIME,
            system.scheduler());
    return completeWithFuture(gathered.thenApply(all -> Json.ok(rows(all, stage))));
  }

  private Rows rows(Gathered all, String stage) {
    Map<String, List<RuleRow>> byNode = new TreeMap<>();
    TreeSet<String> misfits = new TreeSet<>();
    for (AdminPage.Row row : all.rows()) {
      if (row instanceof RuleRow rule) {
        byNode.computeIfAbsent(rule.node(), n -> new ArrayList<>()).add(rule);
      } else if (row instanceof RuleRow.Misfit misfit) {
        misfits.add(misfit.node() + ": " + misfit.text());
      }
    }
    List<RuleRow> own = byNode.getOrDefault(node, List.of());
    Map<String, Long> hits = new HashMap<>();
    byNode.values().forEach(rules -> rules.forEach(r -> hits.merge(key(r), r.hits(), Long::sum)));
    List<String> differing =
        byNode.entrySet().stream()
            .filter(e -> !isSame(own, e.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    List<Row> rows =
        own.stream()
            .filter(rule -> stage.isEmpty() || stage.equals(rule.stage()))
            .map(rule -> row(rule, hits.getOrDefault(key(rule), 0L)))
            .toList();
    return new Rows(rows, List.copyOf(misfits), differing, all.unanswered());
  }

  private static String key(RuleRow rule) {
    return rule.stage() + " " + rule.name();
  }

  private static Row row(RuleRow rule, long hits) {
    return new Row(
        rule.stage(),
        rule.position(),
        rule.name(),
        rule.enabled(),
        hits,
        rule.match(),
        rule.action());
  }

  private static boolean isSame(List<RuleRow> own, List<RuleRow> other) {
    if (own.size() != other.size()) {
      return false;
    }
    for (int i = 0; i < own.size(); i++) {
      if (!own.get(i).isSameAs(other.get(i))) {
        return false;
      }
    }
    return true;
  }

  Route change() {
    return Bodies.read(MAX_BODY, this::change);
  }

  private Route change(HttpEntity.Strict body) {
    if (!body.getContentType().mediaType().equals(MediaTypes.APPLICATION_JSON)) {
      return complete(
          Json.error(StatusCodes.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json"));
    }
    RuleEdit edit;
    try {
      edit = RuleEditJson.parse(Json.read(body.getData().utf8String()));
    } catch (JsonProcessingException e) {
      return complete(Json.error(StatusCodes.BAD_REQUEST, "the body is no JSON"));
    } catch (IllegalArgumentException e) {
      return complete(Json.error(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage())));
    }
    return change(replyTo -> new ConfigReloader.Edit(edit, replyTo));
  }

  Route reset() {
    return change(ConfigReloader.Reset::new);
  }

  private Route change(
      org.apache.pekko.japi.function.Function<
              ActorRef<ConfigReloader.Edited>, ConfigReloader.Command>
          command) {
    CompletionStage<ConfigReloader.Edited> edited =
        AskPattern.ask(parts.changes().reloader(), command, CHANGE_TIME, system.scheduler());
    return completeWithFuture(edited.thenApply(RuleRoutes::answer));
  }

  private static HttpResponse answer(ConfigReloader.Edited edited) {
    return switch (edited.result()) {
      case DONE -> Json.ok(Map.of("result", edited.text()));
      case REFUSED -> Json.error(StatusCodes.BAD_REQUEST, edited.text());
      case BUSY -> Json.error(StatusCodes.SERVICE_UNAVAILABLE, edited.text());
      case UNCLEAR -> Json.error(StatusCodes.GATEWAY_TIMEOUT, edited.text());
    };
  }
}
