// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.admin.AdminAgentActor.Gathered;
import io.anteroom.node.cache.Purge;
import io.anteroom.node.cache.Purger;
import io.anteroom.node.wire.WireName;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Routes that show and purge the caches of all nodes. */
final class CacheRoutes extends AllDirectives {
  private static final Logger LOG = LoggerFactory.getLogger(CacheRoutes.class);
  private static final int MAX_BODY = 16 << 10;
  private static final int DEFAULT_LIMIT = 100;

  private final AdminParts parts;
  private final Gather gather;
  private final Executor executor;

  /** Asks the admin agents of all nodes. */
  interface Gather {
    CompletionStage<Gathered> ask(Function<ActorRef<AdminPage>, AdminAgentActor.Command> question);
  }

  /** Runs the inner route only for authorized requests. */
  interface Guarded {
    Route guarded(boolean changes, Supplier<Route> inner);
  }

  CacheRoutes(AdminParts parts, Gather gather, Executor executor) {
    this.parts = parts;
    this.gather = gather;
    this.executor = executor;
  }

  private record Caches(List<CachesRow> caches, List<String> unanswered) {}

  private record Entries(List<CacheEntryRow> entries, long total, List<String> unanswered) {}

  private record Purged(
      long answers, long verdicts, List<PurgedRow> nodes, List<String> unanswered) {}

  Route routes(Guarded guard) {
    return concat(
        pathEnd(() -> get(() -> guard.guarded(false, this::stats))),
        path("entries", () -> get(() -> guard.guarded(false, this::entries))),
        path("purge", () -> post(() -> guard.guarded(true, this::purge))));
  }

  private Route stats() {
    return completeWithFuture(
        gather
            .ask(CacheAgent.Stats::new)
            .thenApplyAsync(
                all ->
                    Json.ok(
                        new Caches(
                            rows(all, CachesRow.class, Comparator.comparing(CachesRow::node)),
                            all.unanswered())),
                executor));
  }

  private Route entries() {
    return parameterOptional(
        "limit",
        limit ->
            parameterOptional(
                "name",
                name ->
                    parameterOptional(
                        "suffix",
                        suffix ->
                            parameterOptional(
                                "verdicts", verdicts -> entries(limit, name, suffix, verdicts)))));
  }

  private Route entries(
      Optional<String> limitText,
      Optional<String> name,
      Optional<String> suffix,
      Optional<String> verdicts) {
    String digits = limitText.orElse(Integer.toString(DEFAULT_LIMIT));
    int limit = digits.matches("[0-9]{1,6}") ? Integer.parseInt(digits) : -1;
    if (limit < 1 || limit > CacheAgent.MAX) {
      return bad("limit must be 1 to " + CacheAgent.MAX);
    } else if (name.isPresent() && suffix.isPresent()) {
      return bad("name and suffix exclude one another");
    }
    String of = name.or(() -> suffix).orElse("");
    if (!of.isEmpty() && !WireName.isName(of)) {
      return bad("\"" + of + "\" is no domain name");
    }
    boolean ofVerdicts = verdicts.isPresent() && !verdicts.get().equals("false");
    return completeWithFuture(
        gather
            .ask(to -> new CacheAgent.Dump(limit, ofVerdicts, of, suffix.isPresent(), to))
            .thenApplyAsync(
                all -> {
                  Comparator<CacheEntryRow> order =
                      Comparator.comparing(CacheEntryRow::name)
                          .thenComparing(CacheEntryRow::type)
                          .thenComparing(CacheEntryRow::node);
                  List<CacheEntryRow> rows = rows(all, CacheEntryRow.class, order);
                  return Json.ok(
                      new Entries(
                          rows.subList(0, Math.min(limit, rows.size())),
                          all.total(),
                          all.unanswered()));
                },
                executor));
  }

  private Route bad(String message) {
    return complete(Json.error(StatusCodes.BAD_REQUEST, message));
  }

  private static <R extends AdminPage.Row> List<R> rows(
      Gathered all, Class<R> type, Comparator<R> order) {
    return all.rows().stream().filter(type::isInstance).map(type::cast).sorted(order).toList();
  }

  private Route purge() {
    return Bodies.read(MAX_BODY, body -> purge(body));
  }

  private Route purge(HttpEntity.Strict body) {
    if (!body.getContentType().mediaType().equals(MediaTypes.APPLICATION_JSON)) {
      return complete(
          Json.error(StatusCodes.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json"));
    }
    Purge purge;
    try {
      JsonNode words = Json.read(body.getData().utf8String());
      purge = PurgeWords.parse(words);
    } catch (JsonProcessingException e) {
      return bad("the body is no JSON");
    } catch (IllegalArgumentException e) {
      return bad(String.valueOf(e.getMessage()));
    }
    String pool = purge.pool();
    if (pool != null && !parts.resources().upstreams().containsKey(pool)) {
      return complete(Json.error(StatusCodes.NOT_FOUND, "no upstream pool is called " + pool));
    }
    return completeWithFuture(purge(purge));
  }

  private CompletionStage<HttpResponse> purge(Purge purge) {
    String id = Purger.newId();
    return gather
        .ask(replyTo -> new CacheAgent.ToPurge(id, purge, replyTo))
        .thenApplyAsync(
            all -> {
              List<PurgedRow> rows =
                  rows(all, PurgedRow.class, Comparator.comparing(PurgedRow::node));
              long answers = rows.stream().mapToLong(PurgedRow::answers).sum();
              long verdicts = rows.stream().mapToLong(PurgedRow::verdicts).sum();
              LOG.info("operator purges {}: {} answers, {} verdicts", purge, answers, verdicts);
              return Json.ok(new Purged(answers, verdicts, rows, all.unanswered()));
            },
            executor);
  }
}
