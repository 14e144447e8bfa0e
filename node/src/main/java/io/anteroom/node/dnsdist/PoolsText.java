// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.dnsdist.Model.Cache;
import io.anteroom.node.dnsdist.Model.Check;
import io.anteroom.node.dnsdist.Model.Pool;
import io.anteroom.node.dnsdist.Model.Server;
import io.anteroom.node.dnsdist.Model.Tls;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Writes the upstream pools and their caches. */
final class PoolsText {
  private static final int MAX_WEIGHT = 1_000;
  private static final int DOWN_AFTER = 3;
  private static final int DEFAULT_TIMEOUT = 2;
  private static final int MAX_TIMEOUT = 30;
  private static final int DAY = 86_400;
  private static final int WEEK = 7 * DAY;
  private static final int MAX_FAILURE_TTL = 300;
  private static final String HASHING = "consistent-hash";
  private static final List<String> WEIGHTED = List.of("weighted-random", HASHING);

  private final Model model;
  private final HoconText text;
  private final List<String> warnings;
  private final List<String> errors;

  PoolsText(Model model, HoconText text, List<String> warnings, List<String> errors) {
    this.model = model;
    this.text = text;
    this.warnings = warnings;
    this.errors = errors;
  }

  void write() {
    caches();
    text.line("");
    text.comment(
        "A server is tried once, and its errors are answers. If it is silent, another server is tried,"
            + " which dnsdist does not do. Names keep their case, and queries have no cookies.");
    Map<String, Pool> pools = new TreeMap<>(model.pools());
    pools.putIfAbsent("", new Pool("", null, null));
    model.servers().stream()
        .flatMap(server -> server.pools().stream())
        .forEach(name -> pools.putIfAbsent(name, new Pool(name, null, null)));
    pools.values().forEach(this::pool);
  }

  private void caches() {
    if (model.pools().values().stream().noneMatch(pool -> pool.cache() != null)) {
      text.comment("That file has no packet cache.");
      text.set("cache", "off");
    } else {
      text.comment(
          "Pools with a cache have a block of their own. max-bytes limits the memory of all caches"
              + " together; the numbers of entries in that file mean nothing here.");
      Map<String, Object> cache = new LinkedHashMap<>();
      cache.put("nxdomain-cut", "off");
      cache.put("prefetch-hits", 0);
      text.set("cache", cache);
    }
  }

  private void pool(Pool pool) {
    List<Server> all =
        model.servers().stream().filter(server -> server.pools().contains(pool.name())).toList();
    List<Server> servers =
        all.stream()
            .filter(server -> !server.check().mode().equals("down"))
            .sorted(Comparator.comparingInt(Server::order))
            .toList();
    text.line("");
    text.because(all.isEmpty() ? "" : all.get(0).place().toString());
    text.open("upstreams." + HoconText.key(PoolNames.ours(pool.name())) + " {");
    String policy = Objects.requireNonNullElse(pool.policy(), model.policy());
    servers(servers, policy);
    text.set("policy", policy);
    if (policy.equals(HASHING) && model.settings().get("load-factor") instanceof Number factor) {
      text.set("load-factor", Math.max(1.01, Math.min(factor.doubleValue(), 100)));
    }
    timeouts(servers);
    flags(pool, servers);
    check(servers);
    source(servers);
    Cache cache = pool.cache();
    if (cache == null) {
      text.set("cache", "off");
    } else {
      cache(cache);
    }
    text.close("}");
    text.because("");
  }

  private void servers(List<Server> servers, String policy) {
    if (servers.isEmpty()) {
      text.set("servers", List.of());
      return;
    }
    int heaviest = servers.stream().mapToInt(Server::weight).max().orElse(1);
    text.open("servers = [");
    for (Server server : servers) {
      text.because(server.place().toString());
      int weight = server.weight();
      if (heaviest > MAX_WEIGHT) {
        weight = Math.max(1, Math.round((float) weight * MAX_WEIGHT / heaviest));
      }
      String comment = server.name().isEmpty() ? "" : server.name();
      text.element(address(server, WEIGHTED.contains(policy) ? weight : 1), comment);
    }
    text.close("]");
  }

  private String address(Server server, int weight) {
    List<String> options = new ArrayList<>();
    Tls tls = server.tls();
    if (tls != null) {
      options.addAll(tls(server, tls));
    }
    if (weight != 1) {
      options.add("weight=" + weight);
    }
    String query = options.isEmpty() ? "" : "?" + String.join("&", options);
    if (tls != null && !tls.dohPath().isEmpty()) {
      return "https://" + server.address() + tls.dohPath() + query;
    }
    String scheme = tls != null ? "dns+tls://" : options.isEmpty() ? "" : "dns://";
    return scheme + server.address() + query;
  }

  private List<String> tls(Server server, Tls tls) {
    if (!tls.validate()) {
      errors.add(
          server.place()
              + ": newServer: over TLS, a server whose certificate is not validated is not"
              + " supported; remove validateCertificates=false, and give subjectName");
    } else if (tls.subject().isEmpty()) {
      errors.add(
          server.place()
              + ": newServer: over TLS, a server without subjectName or subjectAddr is not"
              + " supported: anybody with a certificate could answer");
    }
    return Stream.of("hostname=" + escaped(tls.subject()), "ca=" + escaped(tls.caStore()))
        .filter(option -> !option.endsWith("="))
        .toList();
  }

  /** Escapes what would end a value of a server's options, or a server in a list. */
  private static String escaped(String value) {
    return value.replace("%", "%25").replace("&", "%26").replace(",", "%2C");
  }

  private void timeouts(List<Server> servers) {
    int most = servers.stream().mapToInt(Server::udpTimeoutSeconds).max().orElse(0);
    int general =
        model.settings().get("udp-timeout") instanceof Long seconds
            ? seconds.intValue()
            : DEFAULT_TIMEOUT;
    int timeout = Math.min(MAX_TIMEOUT, Math.max(1, most > 0 ? most : general));
    text.comment(
        "A server is tried once, and its errors are answers; if it is silent, another one");
    text.comment("is tried, which dnsdist does not do.");
    text.set("timeout", HoconText.seconds(timeout));
    text.set("max-timeout", HoconText.seconds(timeout));
    text.set("tries", 1);
    text.set("deadline", HoconText.seconds(2L * timeout));
    text.set("failover-on", List.of());
  }

  private void flags(Pool pool, List<Server> servers) {
    List<String> flags = new ArrayList<>(List.of("edns"));
    if (!servers.isEmpty() && allOrWarn(pool, servers, Server::tcpOnly, "tcpOnly")) {
      flags.add("use-vc");
    }
    text.set("flags", flags);
    text.set("cookies", "off");
    int sockets = servers.stream().mapToInt(Server::sockets).max().orElse(0);
    if (sockets > 1) {
      text.set("sockets", Math.min(sockets, 256));
    }
  }

  /** Whether all servers have an option. Warns if only some of them have it. */
  private boolean allOrWarn(Pool pool, List<Server> servers, Predicate<Server> has, String option) {
    List<Server> with = servers.stream().filter(has).toList();
    if (!with.isEmpty() && with.size() < servers.size()) {
      with.forEach(
          server ->
              warnings.add(
                  "%s: newServer: %s is ignored, as not all servers of the pool \"%s\" have it"
                      .formatted(server.place(), option, pool.name())));
    }
    return with.size() == servers.size();
  }

  private void check(List<Server> servers) {
    List<Server> checked =
        servers.stream().filter(server -> server.check().mode().equals("auto")).toList();
    if (checked.isEmpty()) {
      return;
    }
    Server first = checked.get(0);
    checked.stream()
        .filter(server -> !server.check().equals(first.check()))
        .forEach(
            server ->
                warnings.add(
                    "%s: newServer: its health is checked like that of the first server of its pool"
                        .formatted(server.place())));
    Check check = first.check();
    Map<String, Object> block = new LinkedHashMap<>();
    block.put("name", check.name());
    block.put("type", check.type());
    block.put("interval", HoconText.seconds(Math.max(1, check.intervalSeconds())));
    block.put("timeout", HoconText.millis(Math.max(1, check.timeoutMillis())));
    block.put(
        "failing",
        check.mustResolve() ? List.of("servfail", "nxdomain", "refused") : List.of("servfail"));
    text.set("check", block);
    // Here lost queries of clients count too, so one failure is not enough.
    if (check.maxFailures() > DOWN_AFTER) {
      text.set("server-failover", Map.of("down-after", check.maxFailures()));
    }
  }

  private void source(List<Server> servers) {
    List<String> sources =
        servers.stream().map(Server::source).filter(Objects::nonNull).distinct().toList();
    if (sources.isEmpty()) {
      return;
    }
    String first = sources.get(0);
    text.set("local-address", first);
    servers.stream()
        .filter(server -> !first.equals(server.source()))
        .forEach(
            server ->
                warnings.add(
                    "%s: newServer: its queries come from %s, like those of all servers of its pool"
                        .formatted(server.place(), first)));
  }

  private void cache(Cache cache) {
    text.because(cache.place().toString());
    if (cache.minTtl() > 0) {
      warnings.add(
          cache.place() + ": newPacketCache: minTTL is ignored; each answer is stored for its TTL");
    }
    long keep = model.settings().get("stale-ttl") instanceof Long seconds ? seconds : 0;
    Map<String, Object> stale = new LinkedHashMap<>();
    stale.put("for", HoconText.seconds(Math.min(WEEK, keep)));
    if (keep > 0) {
      stale.put("ttl", within(cache.staleTtl(), 1, DAY));
    }
    Map<String, Object> block = new LinkedHashMap<>();
    block.put("max-ttl", within(cache.maxTtl(), 1, WEEK));
    block.put("max-negative-ttl", within(cache.maxNegativeTtl(), 0, DAY));
    block.put("failure-ttl", within(cache.failureTtl(), 1, MAX_FAILURE_TTL));
    block.put("stale", stale);
    text.set("cache", block);
  }

  private static String within(int seconds, int least, int most) {
    return HoconText.seconds(Math.max(least, Math.min(seconds, most)));
  }
}
