// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.admin.AdminAgentActor.AskAll;
import io.anteroom.node.admin.AdminAgentActor.Gathered;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;
import org.jspecify.annotations.Nullable;

/** Routes that reload the configuration of this node or of all nodes. */
final class ReloadRoutes extends AllDirectives {
  /** Maximum duration of a reload; lists of a million names take long. */
  private static final Duration LOADING = Duration.ofSeconds(60);

  private static final Duration ANSWER = LOADING.plusSeconds(1);

  private final ActorSystem<?> system;
  private final Supplier<AdminAgent> adminAgent;

  ReloadRoutes(ActorSystem<?> system, Supplier<AdminAgent> adminAgent) {
    this.system = system;
    this.adminAgent = adminAgent;
  }

  /**
   * Result on each node.
   *
   * @param error all errors in one text; null if there is none
   */
  private record Result(List<ReloadRow> nodes, List<String> unanswered, @Nullable String error) {}

  Route reload() {
    return withRequestTimeout(
        ANSWER,
        () ->
            parameterOptional(
                "all",
                all ->
                    completeWithFuture(
                        all.orElse("").equals("true") ? reloadAll() : reloadThis())));
  }

  private CompletionStage<HttpResponse> reloadThis() {
    CompletionStage<AdminPage> page =
        AskPattern.ask(
            adminAgent.get().ref(), AdminAgentActor.ReloadNode::new, LOADING, system.scheduler());
    return page.thenApply(this::answer);
  }

  private HttpResponse answer(AdminPage page) {
    return answer(new Gathered(List.copyOf(page.rows()), page.total(), List.of()));
  }

  private CompletionStage<HttpResponse> reloadAll() {
    CompletionStage<Gathered> gathered =
        AskPattern.ask(
            adminAgent.get().ref(),
            replyTo -> new AskAll(AdminAgentActor.ReloadNode::new, LOADING, replyTo),
            ANSWER,
            system.scheduler());
    return gathered.thenApply(this::answer);
  }

  private HttpResponse answer(Gathered all) {
    List<ReloadRow> nodes =
        all.rows().stream()
            .filter(ReloadRow.class::isInstance)
            .map(ReloadRow.class::cast)
            .sorted(Comparator.comparing(ReloadRow::node))
            .toList();
    List<String> errors = nodes.stream().flatMap(row -> row.errors().stream()).distinct().toList();
    boolean failed = !errors.isEmpty();
    return Json.response(
        failed ? StatusCodes.UNPROCESSABLE_CONTENT : StatusCodes.OK,
        new Result(nodes, all.unanswered(), failed ? String.join("\n", errors) : null));
  }
}
