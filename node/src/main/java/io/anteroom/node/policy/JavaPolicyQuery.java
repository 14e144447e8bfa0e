// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.policy.PolicyQuery;
import java.net.InetSocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A query as Java policies see it; computes what they ask for. */
record JavaPolicyQuery(Stage stage, Query query) implements PolicyQuery {
  @Override
  public String name() {
    String text = query.wire().name().text();
    return text.isEmpty() ? "." : text;
  }

  @Override
  public int type() {
    return query.wire().type();
  }

  @Override
  public int dnsClass() {
    return query.wire().dnsClass();
  }

  @Override
  public InetSocketAddress client() {
    return query.client().address();
  }

  @Override
  public Transport transport() {
    return query.client().transport();
  }

  @Override
  public String identity() {
    return query.client().identity();
  }

  @Override
  public Map<String, String> tags() {
    return query.tags();
  }

  @Override
  public String pool() {
    return query.poolName();
  }

  @Override
  public boolean cached() {
    return query.cached();
  }

  @Override
  public byte[] message() {
    return query.wire().bytes().clone();
  }

  @Override
  public int rcode() {
    byte[] answer = query.answer();
    WireAnswer parsed = answer == null ? null : WireAnswer.parse(answer);
    return parsed == null ? NO_RCODE : parsed.rcode();
  }

  @Override
  public byte @Nullable [] answer() {
    byte[] answer = query.answer();
    return answer == null ? null : answer.clone();
  }

  @Override
  public @Nullable ExtendedError extendedError() {
    return query.error();
  }

  @Override
  public String toString() {
    return query.wire() + " in " + stage.word();
  }
}
