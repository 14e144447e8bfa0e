// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.policy;

import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A query as a policy sees it. Immutable, and safe for any thread. It stays valid after the call,
 * but it is a snapshot: what rules change later is not seen.
 */
public interface PolicyQuery {
  /** What {@link #rcode} returns for a query that has no answer yet. */
  int NO_RCODE = -1;

  /** The chain of rules that runs the policy. */
  Stage stage();

  /**
   * The QNAME in lower case and presentation format without the last dot; {@code .} is the root.
   * Bytes that can't occur in a host name are escaped (RFC 1035, section 5.1). If a filter has
   * changed the name, this is the new one.
   */
  String name();

  /** The QTYPE, such as 1 for A and 28 for AAAA. */
  int type();

  /** The QCLASS, which is nearly always 1 (IN). */
  int dnsClass();

  /** The address and port that the query came from, which are resolved. */
  InetSocketAddress client();

  /** The transport that the query came over. */
  Transport transport();

  /**
   * The name under which the node knows the client, such as a device or a customer; empty if it is
   * not known.
   */
  default String identity() {
    return "";
  }

  /** The tags that rules, filters and policies have set so far, immutable. */
  Map<String, String> tags();

  /** The name of the upstream pool that is asked unless something chooses another. */
  String pool();

  /** Whether there is an answer that came from the answer cache. */
  boolean cached();

  /** A copy of the query in wire format, with the question of {@link #name}. */
  byte[] message();

  /**
   * The RCODE of the answer so far, 0 to 4095; {@value #NO_RCODE} in the stages query and
   * cache-miss, where there is no answer.
   */
  int rcode();

  /** A copy of the answer so far in wire format; null if there is none. */
  byte @Nullable [] answer();

  /** The Extended DNS Error (RFC 8914) that the client's answer will have; null for none. */
  @Nullable ExtendedError extendedError();
}
