// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.IdentityPattern;
import io.anteroom.node.config.IdentitySource;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Session;
import io.anteroom.node.query.Recognition;
import io.anteroom.node.wire.WireQuery;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who sent a query: the first of proxy, EDNS option, path and server name that tells it.
 * What tells something that is no identity is counted, and the next one is looked at. Safe for any
 * thread.
 */
final class Recognizer implements Recognition {
  private static final HexFormat MAC = HexFormat.ofDelimiter(":");

  private final IdentitySource source;
  private final Counters<Counter> counters;

  private Recognizer(IdentitySource source, Counters<Counter> counters) {
    this.source = source;
    this.counters = counters;
  }

  static Recognition of(IdentitySource source, Counters<Counter> counters) {
    return source.equals(IdentitySource.NONE) ? NONE : new Recognizer(source, counters);
  }

  @Override
  public Client recognize(WireQuery query, Client client) {
    // The proxy has told it, and it has been checked.
    if (!client.identity().isEmpty()) {
      return client;
    }
    Session session = client.session();
    String identity = byOption(query, client);
    if (identity == null) {
      identity = checked(segment(source.path(), session.path()));
    }
    if (identity == null) {
      identity = checked(found(source.serverName(), session.serverName()));
    }
    return identity == null ? client : client.withSession(session.withIdentity(identity));
  }

  private @Nullable String byOption(WireQuery query, Client client) {
    if (source.options().isEmpty() || !query.hasEdns()) {
      return null;
    }
    for (int code : source.options()) {
      byte[] data = query.option(code);
      if (data != null) {
        if (!source.trusted().contains(client.address().getAddress())) {
          counters.increment(Counter.IDENTITY_UNTRUSTED);
          return null;
        }
        String identity = checked(text(code, data));
        if (identity != null) {
          return identity;
        }
      }
    }
    return null;
  }

  private static String text(int code, byte[] data) {
    return code == IdentitySource.MAC
        ? MAC.formatHex(data)
        : new String(data, StandardCharsets.ISO_8859_1);
  }

  private static @Nullable String found(@Nullable IdentityPattern pattern, String text) {
    return pattern == null || text.isEmpty() ? null : pattern.find(text);
  }

  /** A segment of a path, without percent-encoding (RFC 3986 section 2.1). */
  private static @Nullable String segment(@Nullable IdentityPattern pattern, String path) {
    String found = found(pattern, path);
    if (found == null || found.indexOf('%') < 0) {
      return found;
    }
    try {
      return URLDecoder.decode(found.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // It is no identity, which is counted.
      return found;
    }
  }

  private @Nullable String checked(@Nullable String text) {
    if (text != null && !IdentitySource.isIdentity(text)) {
      counters.increment(Counter.IDENTITY_INVALID);
      return null;
    }
    return text;
  }
}
