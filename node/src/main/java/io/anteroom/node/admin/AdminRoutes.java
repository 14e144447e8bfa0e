// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.admin.AdminAgentActor.AskAll;
import io.anteroom.node.admin.AdminAgentActor.Gathered;
import io.anteroom.node.filter.VerdictWords;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.ExceptionHandler;
import org.apache.pekko.http.javadsl.server.RejectionHandler;
import org.apache.pekko.http.javadsl.server.Route;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The paths of the HTTP interface and their handlers. */
final class AdminRoutes extends AllDirectives {
  private static final Logger LOG = LoggerFactory.getLogger(AdminRoutes.class);
  private static final ContentType METRICS =
      ContentTypes.parse("text/plain; version=0.0.4; charset=utf-8");
  private static final int DEFAULT_LIMIT = 100;

  /** In bytes; fits the largest DNS message in hexadecimal. */
  private static final int MAX_BODY = 160 << 10;

  /** Slightly longer than an admin agent waits for the others. */
  static final Duration ANSWER_TIME = Duration.ofSeconds(3);

  private final ActorSystem<?> system;
  private final AdminParts parts;
  private final Guard guard;
  private final Metrics metrics;
  private final Operator operator;
  private final Executor executor;
  private final UpstreamRoutes upstreams;
  private final CacheRoutes caches;
  private final StatusRoutes status;
  private final ReloadRoutes reload;
  private final RuleRoutes rules;
  private final BlockRoutes blocks;
  private final TraceRoutes trace;

  AdminRoutes(ActorSystem<?> system, AdminParts parts, Guard guard) {
    this.system = system;
    this.parts = parts;
    this.guard = guard;
    this.metrics = new Metrics(parts);
    this.upstreams = new UpstreamRoutes(parts);
    this.reload = new ReloadRoutes(system, parts.cluster().adminAgent());
    this.rules = new RuleRoutes(system, parts);
    this.blocks = new BlockRoutes(parts, system.scheduler());
    this.trace = new TraceRoutes(parts.tracer());
    this.executor = system.dispatchers().lookup(AdminInterface.DISPATCHER);
    this.caches = new CacheRoutes(parts, this::gather, executor);
    this.status = new StatusRoutes(parts, this::gather, executor);
    this.operator = new Operator(system, parts, executor);
  }

  Route routes() {
    return concat(
            path("health", () -> get(() -> complete(Json.ok(Map.of("status", "alive"))))),
            path("ready", () -> get(this::ready)),
            path("metrics", () -> get(() -> guarded(false, this::metrics))),
            pathPrefix(segment("api").slash("v1"), this::api))
        .seal(rejections(), exceptions());
  }

  private Route api() {
    return concat(
        path("status", () -> get(() -> guarded(false, status::status))),
        path("members", () -> get(() -> guarded(false, status::members))),
        path("filters", () -> get(() -> guarded(false, this::filters))),
        pathPrefix("cache", () -> caches.routes(this::guarded)),
        path("upstreams", () -> get(() -> guarded(false, upstreams::list))),
        path(
            segment("upstreams").slash(segment()),
            pool -> post(() -> guarded(true, () -> upstreams.set(pool)))),
        path("reload", () -> post(() -> guarded(true, reload::reload))),
        path(
            "rules",
            () ->
                concat(
                    get(() -> guarded(false, rules::list)),
                    post(() -> guarded(true, rules::change)))),
        path(segment("rules").slash("reset"), () -> post(() -> guarded(true, rules::reset))),
        path("blocks", () -> get(() -> guarded(false, blocks::list))),
        path("blocks", () -> post(() -> guarded(true, blocks::add))),
        path(segment("blocks").slash("remove"), () -> post(() -> guarded(true, blocks::remove))),
        path("trace", () -> get(() -> guarded(false, trace::trace))),
        path("suspended", () -> get(() -> guarded(false, this::list))),
        path(
            segment("suspended").slash(segment()).slash(segment()),
            (asyncId, queryId) ->
                get(() -> guarded(false, () -> withKey(asyncId, queryId, this::show)))),
        path(
            segment("suspended").slash(segment()).slash(segment()).slash("resume"),
            (asyncId, queryId) ->
                post(() -> guarded(true, () -> withKey(asyncId, queryId, this::resume)))),
        path(
            segment("suspended").slash(segment()).slash(segment()).slash("drop"),
            (asyncId, queryId) ->
                post(() -> guarded(true, () -> withKey(asyncId, queryId, this::drop)))));
  }

  private Route guarded(boolean changes, Supplier<Route> inner) {
    return extractRequest(
        request -> {
          HttpResponse refusal = guard.refusal(request, changes);
          return refusal == null ? inner.get() : complete(refusal);
        });
  }

  private Route ready() {
    boolean now = parts.cluster().ready().getAsBoolean();
    return complete(
        Json.response(
            now ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE,
            Map.of("status", now ? "ready" : "not ready")));
  }

  private Route metrics() {
    byte[] text = metrics.scrape();
    return complete(HttpResponse.create().withEntity(HttpEntities.create(METRICS, text)));
  }

  private Route filters() {
    return completeWithFuture(
        gather(AdminAgentActor.ListFilters::new)
            .thenApplyAsync(
                all -> {
                  List<FilterRow> rows =
                      rows(all, FilterRow.class)
                          .sorted(
                              Comparator.comparingInt(FilterRow::asyncId)
                                  .thenComparing(FilterRow::node))
                          .toList();
                  return Json.ok(new Filters(rows, all.unanswered()));
                },
                executor));
  }

  private record Filters(List<FilterRow> filters, List<String> unanswered) {}

  private Route list() {
    return parameterOptional(
        "limit", limit -> parameterOptional("service", service -> list(limit, service)));
  }

  private Route list(Optional<String> limitText, Optional<String> service) {
    int limit = limitText.map(AdminRoutes::limit).orElse(DEFAULT_LIMIT);
    if (limit < 1 || limit > SuspendedList.MAX) {
      return complete(
          Json.error(StatusCodes.BAD_REQUEST, "limit must be 1 to " + SuspendedList.MAX));
    }
    String name = service.orElse("");
    if (!name.isEmpty() && parts.services().snapshot().named(name) == null) {
      return complete(Json.error(StatusCodes.NOT_FOUND, "no filter service is called " + name));
    }
    return completeWithFuture(
        gather(replyTo -> new AdminAgentActor.ListSuspended(limit, name, replyTo))
            .thenApplyAsync(
                all -> {
                  List<SuspendedRow> rows =
                      rows(all, SuspendedRow.class)
                          .sorted(Comparator.comparingLong(SuspendedRow::ageMillis).reversed())
                          .limit(limit)
                          .toList();
                  return Json.ok(new Suspended(rows, all.total(), all.unanswered()));
                },
                executor));
  }

  private record Suspended(List<SuspendedRow> suspended, long total, List<String> unanswered) {}

  private static int limit(String text) {
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : -1;
  }

  private static <R extends AdminPage.Row> java.util.stream.Stream<R> rows(
      Gathered all, Class<R> type) {
    return all.rows().stream().filter(type::isInstance).map(type::cast);
  }

  private CompletionStage<Gathered> gather(
      Function<ActorRef<AdminPage>, AdminAgentActor.Command> question) {
    return AskPattern.ask(
        parts.cluster().adminAgent().get().ref(),
        replyTo -> new AskAll(question, replyTo),
        ANSWER_TIME,
        system.scheduler());
  }

  private Route withKey(String asyncId, String queryId, Function<SuspensionKey, Route> inner) {
    SuspensionKey key;
    try {
      key = SuspensionKey.parse(asyncId + "/" + queryId);
    } catch (IllegalArgumentException e) {
      return complete(Json.error(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage())));
    }
    if (parts.services().get(key.asyncId()) == null) {
      return complete(
          Json.error(StatusCodes.NOT_FOUND, "no filter service has the asyncID " + key.asyncId()));
    }
    return inner.apply(key);
  }

  private Route show(SuspensionKey key) {
    return completeWithFuture(operator.show(key));
  }

  private Route resume(SuspensionKey key) {
    return Bodies.read(MAX_BODY, body -> resume(key, body));
  }

  private Route resume(SuspensionKey key, HttpEntity.Strict body) {
    if (body.getData().isEmpty()) {
      return completeWithFuture(operator.decide(key, Verdict.proceed(), "continue"));
    }
    if (!body.getContentType().mediaType().equals(MediaTypes.APPLICATION_JSON)) {
      return complete(
          Json.error(StatusCodes.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json"));
    }
    Verdict verdict;
    String words;
    try {
      words = words(Json.read(body.getData().utf8String()));
      verdict = VerdictWords.parse(words);
    } catch (JsonProcessingException e) {
      return complete(Json.error(StatusCodes.BAD_REQUEST, "the body is no JSON"));
    } catch (IllegalArgumentException e) {
      return complete(Json.error(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage())));
    }
    String logged = words.isBlank() ? "continue" : words;
    return completeWithFuture(operator.decide(key, verdict, logged));
  }

  private static String words(JsonNode body) {
    JsonNode words = body.path("verdict");
    if (!words.isTextual() || body.size() != 1) {
      throw new IllegalArgumentException(
          "the body must be {\"verdict\": \"...\"} with " + VerdictWords.FORMS);
    }
    return words.textValue();
  }

  private Route drop(SuspensionKey key) {
    return completeWithFuture(operator.decide(key, Verdict.drop(), "drop"));
  }

  private static RejectionHandler rejections() {
    return RejectionHandler.defaultHandler()
        .mapRejectionResponse(
            response ->
                response.entity() instanceof HttpEntity.Strict text
                    ? Json.error(response.status(), text.getData().utf8String())
                        .addHeaders(response.getHeaders())
                    : response);
  }

  private ExceptionHandler exceptions() {
    return ExceptionHandler.newBuilder()
        .match(
            TimeoutException.class,
            e -> complete(Json.error(StatusCodes.GATEWAY_TIMEOUT, "no node has answered in time")))
        .matchAny(
            e -> {
              LOG.error("a bug in the admin interface", e);
              return complete(
                  Json.error(StatusCodes.INTERNAL_SERVER_ERROR, "a bug; the log tells more"));
            })
        .build();
  }
}
