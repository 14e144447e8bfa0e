// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.anteroom.node.config.HttpCallSettings;
import io.anteroom.node.testing.TlsIdentity;
import io.anteroom.protocol.ResultCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of a web service that does as it should. */
class HttpCallRunnerTest {
  private static final byte[] NOT_TEXT = {(byte) 0xff, 0, 1};

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private HttpCallRunner runner;

  @TempDir private Path directory;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    serve(server);
    open("/v1/?key=a%20b", HttpCallSettings.DEFAULT_MAX_BODY);
  }

  private void serve(HttpServer started) {
    started.setExecutor(threads);
    started.createContext("/", HttpCallRunnerTest::echo);
    started.createContext(
        "/v1/json", exchange -> answer(exchange, 200, "application/json", JSON.getBytes()));
    started.createContext("/v1/bytes", exchange -> answer(exchange, 200, "", NOT_TEXT));
    started.createContext(
        "/v1/size", exchange -> answer(exchange, 200, "", new byte[length(exchange)]));
    started.createContext(
        "/v1/status",
        exchange ->
            answer(
                exchange,
                length(exchange),
                "text/html",
                "<html>ü".getBytes(StandardCharsets.UTF_8)));
    started.createContext("/v1/nothing", exchange -> answer(exchange, 204, "", new byte[0]));
    started.start();
  }

  private static final String JSON =
      "{\"a\": [1, 2.5, true, null, \"x\"], \"b\": {\"c\": 9223372036854775807}, \"d\": 1e300,"
          + " \"e\": 92233720368547758070}";

  private static int length(HttpExchange exchange) {
    String path = exchange.getRequestURI().getPath();
    return Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
  }

  /** What has arrived, as it has arrived. */
  private static void echo(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    var headers = exchange.getRequestHeaders();
    String said =
        String.join(
            "\n",
            exchange.getRequestMethod() + " " + exchange.getRequestURI(),
            headers.getFirst("Content-type") + " " + body,
            headers.getFirst("Authorization") + " " + headers.getFirst("X-Name"),
            String.valueOf(headers.getFirst("Host")));
    answer(exchange, 200, "text/plain", said.getBytes(StandardCharsets.UTF_8));
  }

  private static void answer(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    if (!type.isEmpty()) {
      exchange.getResponseHeaders().set("Content-Type", type);
    }
    if (status == 302) {
      exchange.getResponseHeaders().set("Location", "/elsewhere");
    }
    exchange.sendResponseHeaders(status, status == 204 ? -1 : body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void open(String base, int maxBody) {
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + base);
    open(new HttpCallSettings(url, null, "Bearer secret", 10, Duration.ofMinutes(1), maxBody));
  }

  private void open(HttpCallSettings settings) {
    if (runner != null) {
      runner.close();
    }
    runner = new HttpCallRunner("calls", settings);
  }

  @AfterEach
  void close() {
    runner.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private List<String> echoed(Map<String, ?> arguments) {
    return ((String) Started.outputs(runner, arguments).get("body")).lines().toList();
  }

  @Test
  void request_isSent() {
    assertThat(echoed(Map.of()))
        .containsExactly(
            "GET /v1/?key=a%20b",
            "null ", "Bearer secret null", "127.0.0.1:" + server.getAddress().getPort());
    assertThat(echoed(Map.of("method", "POST", "path", "/customers/42", "body", "ü")))
        .startsWith("POST /v1/customers/42?key=a%20b", "text/plain; charset=utf-8 ü");
    Map<String, Object> ordered = new HashMap<>();
    ordered.put("list", Arrays.asList(1L, null, "x"));
    assertThat(echoed(Map.of("method", "put", "path", "x", "body", ordered)))
        .startsWith("PUT /v1/x?key=a%20b", "application/json {\"list\":[1,null,\"x\"]}");
    assertThat(
            echoed(
                Map.of(
                    "method",
                    "POST",
                    "body",
                    new byte[] {'b'},
                    "headers",
                    Map.of("content-type", "a/b", "X-Name", "some one"))))
        .contains("a/b b", "Bearer secret some one");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "a b|/v1/a%20b",
        "a?b=c&d#e|/v1/a%3Fb=c%26d%23e",
        "100%41|/v1/100%2541",
        "%2e%2e/x|/v1/%252e%252e/x",
        "//evil.example/x|/v1//evil.example/x",
        "http://evil.example|/v1/http://evil.example",
        "@evil.example|/v1/@evil.example",
        "x'; $(reboot)|/v1/x'%3B%20$(reboot)",
        "\\..\\x|/v1/%5C..%5Cx",
        "ü\"<>|/v1/%C3%BC%22%3C%3E",
      })
  void path_staysText(String path, String sent) {
    assertThat(echoed(Map.of("path", path))).first().isEqualTo("GET " + sent + "?key=a%20b");
  }

  @Test
  void controlCharacters_areEncoded() {
    assertThat(echoed(Map.of("path", "a\r\nHost: b\0", "query", Map.of("q\n", "\r\n&x=1 +'"))))
        .first()
        .isEqualTo("GET /v1/a%0D%0AHost:%20b%00?key=a%20b&q%0A=%0D%0A%26x%3D1%20%2B%27");
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "../x", "/a/../../x", "a/.", "./x"})
  void pathWithDots_isAnError(String path) {
    Started failed = Started.start(runner, Map.of("path", path));

    assertThat(failed.code()).isEqualTo(ResultCode.INTERNAL);
    assertThat(failed.error()).contains(". or ..");
  }

  @Test
  void wrongArguments_areNamed() {
    assertInternal(Map.of("method", "DELETE"), "method");
    assertInternal(Map.of("method", "GET", "body", "x"), "a GET has no body");
    assertInternal(Map.of("path", 1L), "path must be text");
    assertInternal(Map.of("query", "a=b"), "query must be names with values");
    assertInternal(Map.of("query", Map.of("a", Map.of())), "query");
    assertInternal(Map.of("headers", Map.of("a\r\nb", "c")), "no header");
    assertInternal(Map.of("headers", Map.of("a", "b\r\nc: d")), "no header");
    assertInternal(Map.of("headers", Map.of("Host", "evil.example")), "Host can't be set");
    assertInternal(Map.of("headers", Map.of("Content-Length", "7")), "can't be set");
    assertInternal(Map.of("headers", Map.of("transfer-Encoding", "chunked")), "can't be set");
    assertInternal(Map.of("headers", Map.of("authorization", "x")), "configuration");
    assertInternal(Map.of("method", "POST", "body", 7L), "body must be");
    assertInternal(Map.of("json", "yes"), "json must be true or false");
    assertInternal(Map.of("url", "http://evil.example"), "no such argument: url");
  }

  private void assertInternal(Map<String, ?> arguments, String why) {
    Started failed = Started.start(runner, arguments);
    assertThat(failed.code()).isEqualTo(ResultCode.INTERNAL);
    assertThat(failed.error()).contains(why);
  }

  @Test
  void json_becomesValues() {
    Map<String, Object> outputs = Started.outputs(runner, Map.of("path", "json", "json", true));

    assertThat(outputs)
        .isEqualTo(
            Map.of(
                "status",
                200L,
                "type",
                "application/json",
                "json",
                Map.of(
                    "a",
                    Arrays.asList(1L, 2.5, true, null, "x"),
                    "b",
                    Map.of("c", Long.MAX_VALUE),
                    "d",
                    1e300,
                    "e",
                    9.223372036854776e19)));
  }

  @Test
  void anyStatus_isAResult() {
    for (long status : new long[] {200, 302, 404, 500, 599}) {
      assertThat(Started.outputs(runner, Map.of("path", "status/" + status)))
          .isEqualTo(Map.of("status", status, "type", "text/html", "body", "<html>ü"));
    }
    assertThat(Started.outputs(runner, Map.of("path", "nothing", "json", true)).toString())
        .contains("status=204", "json=null");
    // An error is often not in JSON.
    assertThat(Started.outputs(runner, Map.of("path", "status/502", "json", true)))
        .containsEntry("body", "<html>ü");
  }

  @Test
  void otherThanJson_isRefused() {
    Started failed = Started.start(runner, Map.of("path", "status/200", "json", true));

    assertThat(failed.code()).isEqualTo(ResultCode.REFUSED);
    assertThat(failed.error()).startsWith("the answer is no JSON");
  }

  @Test
  void bytes_stayBytes() {
    assertThat(Started.outputs(runner, Map.of("path", "bytes")).get("body")).isEqualTo(NOT_TEXT);
  }

  @Test
  void body_isBounded() {
    open("/v1", 1_000);

    assertThat(Started.outputs(runner, Map.of("path", "size/1000"))).containsEntry("status", 200L);
    Started tooLarge = Started.start(runner, Map.of("path", "size/1001"));
    assertThat(tooLarge.code()).isEqualTo(ResultCode.REJECTED);
    assertThat(tooLarge.error()).contains("1000 bytes");

    open("/v1", HttpCallSettings.MAX_BODY);
    assertThat(Started.outputs(runner, Map.of("path", "size/" + HttpCallSettings.MAX_BODY)))
        .containsEntry("status", 200L);
    assertThat(Started.start(runner, Map.of("path", "size/10000000")).code())
        .isEqualTo(ResultCode.REJECTED);
  }

  @Test
  void unknownHost_isRefused() {
    open(
        new HttpCallSettings(
            URI.create("http://nowhere.invalid/"), null, null, 10, Duration.ofMinutes(1), 1_000));

    Started failed = Started.start(runner, Map.of());

    assertThat(failed.code()).isEqualTo(ResultCode.REFUSED);
    assertThat(failed.error()).isEqualTo("unknown host: nowhere.invalid");
  }

  @Test
  void tls_trustsTheConfiguredCaAlone() throws IOException {
    TlsIdentity identity = TlsIdentity.make(directory, "ip:127.0.0.1");
    TlsIdentity other = TlsIdentity.make(directory, "ip:127.0.0.1");
    Path ca = directory.resolve("ca.pem");
    Path otherCa = directory.resolve("other.pem");
    identity.writeCertificate(ca);
    other.writeCertificate(otherCa);
    HttpsServer secure =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    secure.setHttpsConfigurator(new HttpsConfigurator(identity.context()));
    serve(secure);
    try {
      URI url = URI.create("https://127.0.0.1:" + secure.getAddress().getPort() + "/v1");

      open(new HttpCallSettings(url, ca, null, 10, Duration.ofMinutes(1), 1_000));
      assertThat(Started.outputs(runner, Map.of())).containsEntry("status", 200L);

      open(new HttpCallSettings(url, otherCa, null, 10, Duration.ofMinutes(1), 1_000));
      assertThat(Started.start(runner, Map.of()).code()).isEqualTo(ResultCode.REFUSED);
    } finally {
      secure.stop(0);
    }
  }

  @Test
  void caThatIsNone_isSaid() throws IOException {
    Path file = Files.writeString(directory.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\nx");

    assertThatThrownBy(
            () ->
                open(
                    new HttpCallSettings(
                        URI.create("https://127.0.0.1/"), file, null, 1, Duration.ofSeconds(1), 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(file.toString());
    open("/", 1_000);
  }

  @Test
  void closed_startsNothing() {
    runner.close();

    assertThat(Started.start(runner, Map.of()).code()).isEqualTo(ResultCode.CANCELLED);
    await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("calls-timer")));
  }
}
