// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.admin.FilterRow.Latency;
import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.upstream.ServerStatus;
import io.anteroom.node.upstream.SharedPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes that show and set the upstream servers of this node. Servers set here are used until the
 * node stops or reloads its configuration, which then replaces them.
 */
final class UpstreamRoutes extends AllDirectives {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamRoutes.class);
  private static final int MAX_BODY = 16 << 10;

  private final Map<String, SharedPool> pools;
  private final OwnListeners listeners;

  UpstreamRoutes(AdminParts parts) {
    this.pools = parts.resources().upstreams();
    this.listeners = parts.listeners();
  }

  /**
   * A server of a pool.
   *
   * @param failures consecutive failures, at most 16
   * @param outstanding number of queries in flight
   */
  private record Row(
      String pool,
      String server,
      boolean up,
      int failures,
      long outstanding,
      Latency latencyMicros) {
    static Row of(String pool, ServerStatus server) {
      return new Row(
          pool,
          server.server(),
          server.up(),
          server.failures(),
          server.outstanding(),
          Latency.of(server.latency()));
    }
  }

  private record Rows(List<Row> upstreams) {}

  Route list() {
    List<Row> rows = new ArrayList<>();
    pools.forEach((name, pool) -> pool.servers().forEach(s -> rows.add(Row.of(name, s))));
    return complete(Json.ok(new Rows(rows)));
  }

  Route set(String pool) {
    return Bodies.read(MAX_BODY, body -> complete(set(pool, body)));
  }

  private HttpResponse set(String name, HttpEntity.Strict body) {
    SharedPool pool = pools.get(name);
    if (pool == null) {
      return Json.error(StatusCodes.NOT_FOUND, "no upstream pool has this name");
    }
    if (!body.getContentType().mediaType().equals(MediaTypes.APPLICATION_JSON)) {
      return Json.error(StatusCodes.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json");
    }
    List<ServerSettings> servers;
    try {
      servers = servers(Json.read(body.getData().utf8String()));
    } catch (JsonProcessingException e) {
      return Json.error(StatusCodes.BAD_REQUEST, "the body is no JSON");
    } catch (IllegalArgumentException e) {
      return Json.error(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
    pool.setServers(servers);
    List<Row> rows = pool.servers().stream().map(server -> Row.of(name, server)).toList();
    LOG.info("operator sets upstream pool {}: {}", name, rows.stream().map(Row::server).toList());
    return Json.ok(new Rows(rows));
  }

  private List<ServerSettings> servers(JsonNode body) {
    JsonNode text = body.path("servers");
    if (!text.isTextual() || body.size() != 1) {
      throw new IllegalArgumentException("the body must be {\"servers\": \"...\"}");
    }
    List<ServerSettings> servers = ServerText.parseAll(text.textValue());
    if (servers.size() > PoolSettings.MAX_SERVERS) {
      throw new IllegalArgumentException(
          "are %d, at most %d".formatted(servers.size(), PoolSettings.MAX_SERVERS));
    }
    servers.forEach(listeners::refuse);
    return servers;
  }
}
