// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the blocks {@code sql}, {@code http} and {@code exec} of operation services. */
final class OperationBlocks {
  private static final Duration MIN_CONNECT_TIMEOUT = SqlSettings.MIN_CONNECT_TIMEOUT;
  private static final Duration MAX_CONNECT_TIMEOUT = SqlSettings.MAX_CONNECT_TIMEOUT;

  /** A database of H2 in a file, with a relative path. */
  private static final Pattern RELATIVE =
      Pattern.compile("jdbc:h2:(?:file:)?(\\.{1,2}/[^;]*)(;.*)?");

  private OperationBlocks() {}

  static ConnectorSettings.@Nullable Operation sql(SettingsReader block, Path directory) {
    block.require("url");
    String url = block.parsed("url", "", text -> jdbcUrl(text, directory));
    String user = block.has("user") ? block.text("user", "") : null;
    String password = new SecretReader(directory, text -> text).read(block, "password");
    SqlSettings settings =
        new SqlSettings(
            url,
            user,
            password,
            block.integer("pool", SqlSettings.DEFAULT_POOL, 1, SqlSettings.MAX_POOL),
            connectTimeout(block, SqlSettings.DEFAULT_CONNECT_TIMEOUT),
            block.integer("max-rows", SqlSettings.DEFAULT_MAX_ROWS, 1, SqlSettings.MAX_ROWS));
    return url.isEmpty() ? null : new ConnectorSettings.Sql(settings);
  }

  /**
   * The URL, with an absolute path for a database of H2 in a file that starts with {@code ./}. The
   * message must not show the URL, which may have a password.
   */
  private static String jdbcUrl(String text, Path directory) {
    if (!text.startsWith("jdbc:h2:") && !text.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException("must begin with jdbc:h2: or jdbc:postgresql:");
    }
    Matcher relative = RELATIVE.matcher(text);
    if (!relative.matches()) {
      return text;
    }
    Path file = directory.toAbsolutePath().resolve(relative.group(1)).normalize();
    String options = relative.group(2);
    return "jdbc:h2:file:" + file + (options == null ? "" : options);
  }

  private static Duration connectTimeout(SettingsReader block, Duration fallback) {
    return block.duration("connect-timeout", fallback, MIN_CONNECT_TIMEOUT, MAX_CONNECT_TIMEOUT);
  }

  static ConnectorSettings.@Nullable Operation http(SettingsReader block, Path directory) {
    HttpConnectorReader reader = new HttpConnectorReader(directory);
    URI url = reader.url(block);
    HttpCallSettings settings =
        new HttpCallSettings(
            url,
            reader.ca(block, url),
            reader.authorization(block),
            block.integer(
                "max-requests",
                HttpCallSettings.DEFAULT_MAX_REQUESTS,
                1,
                HttpCallSettings.MAX_REQUESTS),
            connectTimeout(block, HttpCallSettings.DEFAULT_CONNECT_TIMEOUT),
            block.size(
                "max-body", HttpCallSettings.DEFAULT_MAX_BODY, 1, HttpCallSettings.MAX_BODY));
    return HttpConnectorReader.isNone(url) ? null : new ConnectorSettings.HttpCall(settings);
  }

  static ConnectorSettings.@Nullable Operation exec(SettingsReader block, Path directory) {
    block.require("command");
    List<String> command = block.list("command", List::of, OperationBlocks::argument);
    if (block.isEmptyList("command")) {
      block.error("command", "must have a program");
    }
    List<String> resolved = new ArrayList<>(command);
    if (!command.isEmpty()) {
      resolved.set(0, program(block, command.get(0), directory));
    }
    ExecSettings settings =
        new ExecSettings(
            resolved,
            block.integer(
                "processes", ExecSettings.DEFAULT_PROCESSES, 1, ExecSettings.MAX_PROCESSES),
            block.size("max-output", ExecSettings.DEFAULT_MAX_OUTPUT, 1, ExecSettings.MAX_OUTPUT));
    return resolved.isEmpty()
        ? null
        : new ConnectorSettings.Exec(settings, directory.toAbsolutePath());
  }

  private static String argument(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("must have no NUL");
    }
    return text;
  }

  /** A program with a slash is a path, absolute or relative; any other is searched in PATH. */
  private static String program(SettingsReader block, String name, Path directory) {
    if (name.isEmpty()) {
      block.error("command", "must begin with a program");
      return name;
    } else if (name.indexOf('/') < 0) {
      return name;
    }
    Path file = directory.toAbsolutePath().resolve(name).normalize();
    if (!Files.isRegularFile(file) || !Files.isExecutable(file)) {
      block.error("command", "no program that may be run: " + file);
    }
    return file.toString();
  }
}
