// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Queries for tests of what works on them. */
public final class Queries {
  private Queries() {}

  /** A query for the A records of a name, from 127.0.0.1. */
  public static Query forName(String name) {
    return forName(name, 1, 40_000);
  }

  public static Query forName(String name, int id, int port) {
    try {
      Message message =
          Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), Type.A, DClass.IN));
      message.getHeader().setID(id);
      return Query.of(
          (WireQuery) WireQuery.parse(message.toWire()),
          new Client(new InetSocketAddress("127.0.0.1", port), Transport.UDP, 0),
          Rules.NONE);
    } catch (TextParseException e) {
      throw new IllegalArgumentException(name, e);
    }
  }

  /** A service that waits half a second for its filter, and then goes on. */
  public static FilterSettings service(int asyncId) {
    return new FilterSettings(
        "service-" + asyncId,
        asyncId,
        Duration.ofMillis(500),
        Policy.CONTINUE,
        Policy.CONTINUE,
        Policy.CONTINUE,
        1_000,
        1_000,
        1_000);
  }

  /** That query, suspended in the query chain. */
  public static SuspendedState suspended(
      SuspensionKey key, Query query, ActorRef<OriginCommand> origin, long deadlineNanos) {
    return new SuspendedState(key, Stage.QUERY, 1, query, origin, deadlineNanos);
  }
}
