// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** A filter behind an HTTP/1.1 server, which answers each POST as its script says. */
public final class HttpFilter implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Posted> posted = new CopyOnWriteArrayList<>();
  private final Set<InetSocketAddress> connections = ConcurrentHashMap.newKeySet();
  private final Semaphore held = new Semaphore(0);

  /** What a filter was asked. */
  public record Posted(byte[] message, Headers headers) {
    /** In lower case, without the last dot. */
    public String name() {
      String name = DnsMessages.parse(message).getQuestion().getName().toString(true);
      return name.toLowerCase(Locale.ROOT);
    }
  }

  /** Answers one request. */
  @FunctionalInterface
  public interface Script {
    void answer(HttpFilter filter, Posted posted, HttpExchange exchange) throws IOException;
  }

  private HttpFilter(HttpServer server) {
    this.server = server;
  }

  /** Starts one on this port of 127.0.0.1; 0 for any. */
  public static HttpFilter start(int port, Script script) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
      HttpFilter filter = new HttpFilter(server);
      server.createContext("/", exchange -> filter.handle(exchange, script));
      server.setExecutor(filter.threads);
      server.start();
      return filter;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void handle(HttpExchange exchange, Script script) throws IOException {
    connections.add(exchange.getRemoteAddress());
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (!exchange.getRequestMethod().equals("POST")) {
      reply(exchange, 405, "", "");
      return;
    }
    Posted one = new Posted(body, exchange.getRequestHeaders());
    posted.add(one);
    script.answer(this, one, exchange);
  }

  public static void reply(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    reply(exchange, status, type, body.getBytes(StandardCharsets.UTF_8));
  }

  public static void reply(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    if (!type.isEmpty()) {
      exchange.getResponseHeaders().set("Content-Type", type);
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  /** Waits until the test lets one go. */
  public void hold() {
    held.acquireUninterruptibly();
  }

  /** Lets so many go. */
  public void release(int n) {
    held.release(n);
  }

  public String url() {
    return "http://127.0.0.1:" + port() + "/decide";
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /** All it was asked, in the order in which it was. */
  public List<Posted> posted() {
    return List.copyOf(posted);
  }

  /** How many connections had requests. */
  public int connections() {
    return connections.size();
  }

  @Override
  public void close() {
    server.stop(0);
    held.release(1_000);
    threads.shutdown();
  }
}
