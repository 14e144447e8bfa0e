// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.IdentitySource;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Session;
import io.anteroom.node.query.Tracer;
import io.anteroom.node.wire.ParsedQuery;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Route that traces one query through the rules of this node. */
final class TraceRoutes extends AllDirectives {
  private final Tracer tracer;

  TraceRoutes(Tracer tracer) {
    this.tracer = tracer;
  }

  private record Trace(String name, String type, String client, List<Tracer.Step> steps) {}

  Route trace() {
    return parameterMap(parameters -> complete(trace(parameters)));
  }

  private HttpResponse trace(Map<String, String> parameters) {
    try {
      WireQuery query =
          query(parameters.getOrDefault("name", ""), type(parameters.getOrDefault("type", "A")));
      Client client =
          client(
              parameters.getOrDefault("client", "127.0.0.1"),
              transport(parameters.getOrDefault("transport", "udp")),
              session(parameters));
      return Json.ok(
          new Trace(
              query.name().toString(),
              Type.string(query.type()),
              client.address().getAddress().getHostAddress(),
              tracer.trace(query, client)));
    } catch (IllegalArgumentException e) {
      return Json.error(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private static WireQuery query(String name, int type) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("name: must be there");
    }
    Message message = new Message(1);
    message.getHeader().setFlag(Flags.RD);
    try {
      Name owner = Name.fromString(name, Name.root);
      message.addRecord(Record.newRecord(owner, type, DClass.IN), Section.QUESTION);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("name: " + e.getMessage(), e);
    }
    ParsedQuery parsed = WireQuery.parse(message.toWire());
    if (parsed instanceof WireQuery query) {
      return query;
    }
    ParsedQuery.Rejected rejected = (ParsedQuery.Rejected) parsed;
    throw new IllegalArgumentException(
        "such a query is refused before any rule: "
            + rejected.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '));
  }

  private static int type(String text) {
    int type = Type.value(text.toUpperCase(Locale.ROOT), true);
    if (type < 0) {
      throw new IllegalArgumentException("type: unknown DNS type " + text);
    }
    return type;
  }

  private static Transport transport(String text) {
    for (Transport transport : Transport.values()) {
      if (transport.word().equals(text)) {
        return transport;
      }
    }
    throw new IllegalArgumentException("transport: unknown, " + text);
  }

  private static Session session(Map<String, String> parameters) {
    String identity = parameters.getOrDefault("identity", "");
    if (!identity.isEmpty() && !IdentitySource.isIdentity(identity)) {
      throw new IllegalArgumentException("identity: " + IdentitySource.RULE);
    }
    return Session.of(
        parameters.getOrDefault("sni", "").toLowerCase(Locale.ROOT),
        parameters.getOrDefault("path", ""),
        identity);
  }

  private static Client client(String text, Transport transport, Session session) {
    try {
      InetSocketAddress address = new InetSocketAddress(Addresses.literal(text), 0);
      return new Client(address, transport, 0, "", 0, session);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("client: " + e.getMessage(), e);
    }
  }
}
