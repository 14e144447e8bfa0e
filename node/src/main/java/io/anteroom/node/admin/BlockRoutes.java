// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.rate.Block;
import io.anteroom.node.rate.BlockKeeper;
import io.anteroom.node.rate.BlockKeeper.Result;
import io.anteroom.node.rate.Limits;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;

/** Routes that list, add and remove blocks, which apply to all nodes. */
final class BlockRoutes extends AllDirectives {
  private static final int MAX_BODY = 4 << 10;

  private final Limits limits;
  private final LongSupplier nanoTime;
  private final Scheduler scheduler;

  BlockRoutes(AdminParts parts, Scheduler scheduler) {
    this.limits = parts.resources().limits();
    this.nanoTime = parts.resources().nanoTime();
    this.scheduler = scheduler;
  }

  private record Row(String clients, String action, String reason, String node, long leftMillis) {}

  private record Rows(List<Row> blocks) {}

  private record Asked(Netmask clients, BlockAction action, Duration duration) {}

  Route list() {
    long now = nanoTime.getAsLong();
    List<Row> rows =
        limits.blocks().stream()
            .sorted(Comparator.comparingLong(Block::endNanos))
            .map(
                block ->
                    new Row(
                        block.clients().toString(),
                        block.action().toString(),
                        block.reason(),
                        block.node(),
                        block.leftMillis(now)))
            .toList();
    return complete(Json.ok(new Rows(rows)));
  }

  Route add() {
    return withBody(
        asked ->
            tell(replyTo ->
                    new BlockKeeper.Add(asked.clients, asked.action, asked.duration, replyTo))
                .thenApply(result -> answer(asked, "blocked", result)));
  }

  Route remove() {
    return withBody(
        asked ->
            tell(replyTo -> new BlockKeeper.Remove(asked.clients, replyTo))
                .thenApply(result -> answer(asked, "no longer blocked", result)));
  }

  private CompletionStage<Result> tell(Function<ActorRef<Result>, BlockKeeper.Command> command) {
    ActorRef<BlockKeeper.Command> keeper = Objects.requireNonNull(limits.keeper());
    return AskPattern.ask(keeper, command::apply, AdminRoutes.ANSWER_TIME, scheduler);
  }

  private static HttpResponse answer(Asked asked, String done, Result result) {
    String clients = asked.clients.canonical().toString();
    return switch (result) {
      case DONE -> Json.ok(Map.of("key", clients, "result", done));
      case FULL -> Json.error(StatusCodes.INSUFFICIENT_STORAGE, "there are too many blocks");
      case UNKNOWN -> Json.error(StatusCodes.NOT_FOUND, clients + " is not blocked");
    };
  }

  private Route withBody(Function<Asked, CompletionStage<HttpResponse>> inner) {
    return Bodies.read(MAX_BODY, body -> withBody(body, inner));
  }

  private Route withBody(
      HttpEntity.Strict body, Function<Asked, CompletionStage<HttpResponse>> inner) {
    if (!body.getContentType().mediaType().equals(MediaTypes.APPLICATION_JSON)) {
      return complete(
          Json.error(StatusCodes.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json"));
    }
    try {
      return completeWithFuture(inner.apply(asked(Json.read(body.getData().utf8String()))));
    } catch (JsonProcessingException e) {
      return complete(Json.error(StatusCodes.BAD_REQUEST, "the body is no JSON"));
    } catch (IllegalArgumentException e) {
      return complete(Json.error(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage())));
    }
  }

  private static Asked asked(JsonNode body) {
    body.fieldNames()
        .forEachRemaining(
            field -> {
              if (!List.of("clients", "action", "for").contains(field)
                  || !body.path(field).isTextual()) {
                throw form();
              }
            });
    if (!body.has("clients")) {
      throw form();
    }
    return new Asked(
        Netmask.parse(body.path("clients").asText()),
        BlockAction.parse(body.path("action").asText("drop")),
        BlockAction.duration(body.path("for").asText("60s")));
  }

  private static IllegalArgumentException form() {
    return new IllegalArgumentException(
        "the body must be {\"clients\": \"NETMASK\", \"action\": \"...\", \"for\": \"60s\"}");
  }
}
