// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Sends HTTP requests with whatever headers a test wants, also those that no client would send. */
public final class HttpCaller {
  private final InetSocketAddress server;
  private final Map<String, String> headers = new LinkedHashMap<>();

  /** A caller that has no token and names the server rightly. */
  public HttpCaller(InetSocketAddress server) {
    this.server = server;
    headers.put("Host", server.getHostString() + ":" + server.getPort());
  }

  /** What came back. */
  public record Answer(int status, String head, String body) {
    public JsonNode json() {
      try {
        return JsonMapper.builder().build().readTree(body);
      } catch (IOException e) {
        throw new UncheckedIOException(body, e);
      }
    }
  }

  /** The same caller with this header instead of the one of that name. */
  public HttpCaller with(String header, String value) {
    HttpCaller other = new HttpCaller(server);
    other.headers.putAll(headers);
    other.headers.put(header, value);
    return other;
  }

  public HttpCaller withToken(String token) {
    return with("Authorization", "Bearer " + token);
  }

  public Answer get(String path) {
    return send("GET", path, "");
  }

  /** Sends a body as JSON. */
  public Answer post(String path, String body) {
    return body.isEmpty() || headers.containsKey("Content-Type")
        ? send("POST", path, body)
        : with("Content-Type", "application/json").send("POST", path, body);
  }

  private Answer send(String method, String path, String body) {
    StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    headers.forEach((name, value) -> request.append(name + ": " + value + "\r\n"));
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    request.append("Connection: close\r\nContent-Length: " + bytes.length + "\r\n\r\n");
    try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
      socket.setSoTimeout((int) DnsClient.PATIENCE.toMillis());
      socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(bytes);
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int end = answer.indexOf("\r\n\r\n");
      return new Answer(
          Integer.parseInt(answer.substring(9, 12)),
          answer.substring(0, end),
          answer.substring(end + 4));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
