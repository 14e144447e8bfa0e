// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.config.HttpCallSettings;
import io.anteroom.protocol.Operation;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes the requests of operations. Whatever text an operation has in a path or a query ends up as
 * just that text at the server: anything that means something in a URL is encoded, so that a name
 * can't lead to another place. Methods throw {@link IllegalArgumentException} for wrong arguments.
 */
final class HttpCallRequest {
  private static final Set<String> METHODS = Set.of("GET", "POST", "PUT");
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Pattern FIELD = Pattern.compile("[\\t\\x20-\\x7e]*");

  /** Headers about the connection; the client refuses the others of this kind itself. */
  private static final Set<String> OF_CONNECTION =
      Set.of("transfer-encoding", "te", "trailer", "keep-alive", "proxy-connection");

  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

  /** RFC 3986 section 3.3, less what some servers take for more than text. */
  private static final String IN_SEGMENT = UNRESERVED + "!$'()*+,:@=";

  private final HttpCallSettings settings;
  private final Arguments arguments;
  private final Set<String> headers = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  private HttpCallRequest(HttpCallSettings settings, Operation operation) {
    this.settings = settings;
    arguments = new Arguments(operation, "method", "path", "query", "headers", "body", "json");
  }

  /** The request of an operation, and whether its answer is JSON. */
  record Made(HttpRequest request, boolean json) {}

  static Made make(HttpCallSettings settings, Operation operation) {
    return new HttpCallRequest(settings, operation).make();
  }

  private Made make() {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri());
    addHeaders(request);
    String method = arguments.optionalText("method");
    method = method == null ? "GET" : method.toUpperCase(Locale.ROOT);
    if (!METHODS.contains(method)) {
      throw new IllegalArgumentException("method must be GET, POST or PUT");
    }
    Object body = arguments.any("body");
    if (body != null && method.equals("GET")) {
      throw new IllegalArgumentException("a GET has no body");
    }
    request.method(method, publisher(body, request));
    boolean json = arguments.flag("json");
    if (json) {
      addIfMissing(request, "Accept", "application/json");
    }
    return new Made(request.build(), json);
  }

  private URI uri() {
    URI base = settings.url();
    String path = base.getRawPath() == null ? "" : base.getRawPath();
    String below = arguments.optionalText("path");
    if (below != null && !below.isEmpty()) {
      path = withoutSlash(path) + "/" + encodedPath(below);
    }
    String query = encodedQuery(base.getRawQuery());
    return URI.create(
        base.getScheme()
            + "://"
            + base.getRawAuthority()
            + (path.isEmpty() ? "/" : path)
            + (query.isEmpty() ? "" : "?" + query));
  }

  private static String withoutSlash(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private static String encodedPath(String path) {
    StringJoiner encoded = new StringJoiner("/");
    for (String segment : (path.startsWith("/") ? path.substring(1) : path).split("/", -1)) {
      if (segment.equals(".") || segment.equals("..")) {
        throw new IllegalArgumentException("path must have no . or .. in it");
      }
      encoded.add(encoded(segment, IN_SEGMENT));
    }
    return encoded.toString();
  }

  private String encodedQuery(@Nullable String ofBase) {
    StringJoiner encoded = new StringJoiner("&");
    if (ofBase != null) {
      encoded.add(ofBase);
    }
    arguments
        .map("query")
        .forEach(
            (name, value) -> {
              for (Object each : value instanceof List<?> list ? list : asList(value)) {
                encoded.add(
                    encoded(String.valueOf(name), UNRESERVED)
                        + "="
                        + encoded(single("query", each), UNRESERVED));
              }
            });
    return encoded.toString();
  }

  /** Nothing for null, so that a value that a policy does not have is left out. */
  private static List<Object> asList(@Nullable Object value) {
    List<Object> list = new ArrayList<>();
    if (value != null) {
      list.add(value);
    }
    return list;
  }

  private static String single(String argument, @Nullable Object value) {
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return value.toString();
    }
    throw new IllegalArgumentException(argument + " must have text or numbers as values");
  }

  private static String encoded(String text, String allowed) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b >= 0 && allowed.indexOf(b) >= 0) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(String.format(Locale.ROOT, "%02X", b));
      }
    }
    return encoded.toString();
  }

  private void addHeaders(HttpRequest.Builder request) {
    arguments
        .map("headers")
        .forEach(
            (name, value) -> addHeader(request, String.valueOf(name), single("headers", value)));
    if (settings.authorization() != null) {
      if (headers.contains("Authorization")) {
        throw new IllegalArgumentException("the configuration has the header Authorization");
      }
      addIfMissing(request, "Authorization", settings.authorization());
    }
  }

  private void addHeader(HttpRequest.Builder request, String name, String value) {
    if (!TOKEN.matcher(name).matches() || !FIELD.matcher(value).matches()) {
      throw new IllegalArgumentException("no header can have this name or value");
    }
    if (OF_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException("the header " + name + " can't be set");
    }
    headers.add(name);
    try {
      request.setHeader(name, value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the header " + name + " can't be set", e);
    }
  }

  private void addIfMissing(HttpRequest.Builder request, String name, String value) {
    if (!headers.contains(name)) {
      request.setHeader(name, value);
    }
  }

  private BodyPublisher publisher(@Nullable Object body, HttpRequest.Builder request) {
    if (body == null) {
      return BodyPublishers.noBody();
    } else if (body instanceof String text) {
      addIfMissing(request, "Content-Type", "text/plain; charset=utf-8");
      return BodyPublishers.ofString(text);
    } else if (body instanceof byte[] bytes) {
      addIfMissing(request, "Content-Type", "application/octet-stream");
      return BodyPublishers.ofByteArray(bytes);
    } else if (body instanceof Map<?, ?> || body instanceof List<?>) {
      addIfMissing(request, "Content-Type", "application/json");
      return BodyPublishers.ofByteArray(JsonValues.write(body));
    }
    throw new IllegalArgumentException("body must be text, bytes, a list, or names with values");
  }
}
