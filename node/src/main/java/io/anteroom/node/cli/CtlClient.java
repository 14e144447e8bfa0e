// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.anteroom.node.admin.AdminToken;
import io.anteroom.node.config.AdminSettings;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A client of the admin interface of one node. */
final class CtlClient {
  private static final Duration CONNECTING = Duration.ofSeconds(3);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration LOADING = Duration.ofSeconds(70);
  private static final int UNAUTHORIZED = 401;
  private static final int FIRST_ERROR = 400;
  private static final int UNPROCESSABLE = 422;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final String address;
  private final Path tokenFile;
  private final boolean tokenIsNamed;

  /** Thrown when a request fails; the message is for the operator. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1;

    Failure(String message) {
      super(message);
    }
  }

  /**
   * Creates a client.
   *
   * @param address {@code host:port}
   * @param tokenFile null for the default one
   */
  CtlClient(String address, @Nullable Path tokenFile) {
    this.address = address;
    this.tokenFile = tokenFile == null ? AdminSettings.defaultTokenFile() : tokenFile;
    this.tokenIsNamed = tokenFile != null;
  }

  /** A parameter of a query string; empty if the value is empty. */
  static String parameter(String name, String value) {
    return value.isEmpty()
        ? ""
        : "&" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  /** An encoded segment of a path. */
  static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Sends a GET request. The token is sent if there is one; on loopback it is not required. */
  JsonNode get(String path) throws Failure {
    String token = tokenIsNamed || Files.isReadable(tokenFile) ? token() : null;
    return send(request(path, token).GET());
  }

  /** Sends a verdict. */
  JsonNode post(String path, String verdict) throws Failure {
    if (verdict.isEmpty()) {
      return send(request(path, token()).POST(BodyPublishers.noBody()));
    }
    return post(path, "verdict", verdict);
  }

  /** Sends a POST request with one field. */
  JsonNode post(String path, String field, String value) throws Failure {
    return post(path, JsonNodeFactory.instance.objectNode().put(field, value));
  }

  /** Sends a POST request with this body. */
  JsonNode post(String path, JsonNode body) throws Failure {
    return send(
        request(path, token())
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString())));
  }

  /**
   * Makes the node, or all nodes, reload their configurations; a failed reload is a normal
   * response.
   */
  JsonNode reload(boolean all) throws Failure {
    return send(
        request("reload?all=" + all, token()).timeout(LOADING).POST(BodyPublishers.noBody()),
        UNPROCESSABLE);
  }

  private String token() throws Failure {
    try {
      return AdminToken.read(tokenFile);
    } catch (IOException e) {
      throw new Failure(e.getMessage() + (tokenIsNamed ? "" : "; --token-file names another"));
    }
  }

  private HttpRequest.Builder request(String path, @Nullable String token) throws Failure {
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create("http://" + address + "/api/v1/" + path))
              .timeout(ANSWER);
      return token == null ? request : request.header("Authorization", "Bearer " + token);
    } catch (IllegalArgumentException e) {
      throw new Failure("can't ask " + address + ": " + e.getMessage());
    }
  }

  private JsonNode send(HttpRequest.Builder request) throws Failure {
    return send(request, FIRST_ERROR - 1);
  }

  /** Sends a request; an error with this status is a normal response. */
  private JsonNode send(HttpRequest.Builder request, int expected) throws Failure {
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECTING)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    try {
      HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
      if (response.statusCode() == UNAUTHORIZED) {
        throw new Failure("the node does not take the token in " + tokenFile);
      }
      return body(response, expected);
    } catch (ConnectException e) {
      throw new Failure(
          isUnresolved(e)
              ? "there is no host with the name in " + address
              : "no node answers at " + address + "; is it running? --admin names another");
    } catch (HttpTimeoutException e) {
      throw new Failure("the node at " + address + " does not answer in time");
    } catch (IOException e) {
      throw new Failure("can't ask the node at " + address + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("interrupted");
    }
  }

  private static boolean isUnresolved(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof UnresolvedAddressException || (cause != null && isUnresolved(cause));
  }

  private JsonNode body(HttpResponse<String> response, int expected) throws Failure {
    JsonNode body;
    try {
      body = MAPPER.readTree(response.body());
    } catch (JsonProcessingException e) {
      body = JsonNodeFactory.instance.missingNode();
    }
    if (!body.isObject()) {
      throw new Failure(
          "what answers at %s is no node (HTTP status %d)"
              .formatted(address, response.statusCode()));
    }
    if (response.statusCode() >= FIRST_ERROR && response.statusCode() != expected) {
      throw new Failure(
          body.path("error")
              .asText("failed")
              .lines()
              .map(CtlTables::printable)
              .collect(Collectors.joining(System.lineSeparator())));
    }
    return body;
  }
}
