// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a filter that is not a cluster member, and how it answers; or which operations a
 * service carries out.
 */
public sealed interface ConnectorSettings {

  /** The filter receives DNS messages as datagrams and its answers repeat their message ids. */
  sealed interface Datagram extends ConnectorSettings {}

  /**
   * Unix datagram sockets.
   *
   * @param sendTo path that the filter has bound; a name that starts with {@code @} is in the
   *     abstract namespace of Linux
   * @param receiveAt path at which verdicts are received; null if the filter sends them back to the
   *     socket that the message came from
   */
  record Unix(String sendTo, @Nullable String receiveAt) implements Datagram {
    /**
     * Most bytes of a path: the size of {@code sun_path} in {@code sockaddr_un}, less the final
     * NUL.
     */
    public static final int MAX_PATH = 107;
  }

  /** A connected UDP socket; verdicts must come from the address that messages are sent to. */
  record Udp(InetSocketAddress sendTo) implements Datagram {}

  /** When a connector uses HTTP/2. */
  enum Http2 {
    /** Over TLS, if the server selects it (ALPN). */
    ON,
    /** Never. */
    OFF,
    /**
     * Always, without negotiation (prior knowledge, RFC 9113 section 3.3), also over cleartext TCP.
     */
    PRIOR_KNOWLEDGE
  }

  /**
   * A filter that is asked over HTTP, with one request for each query.
   *
   * @param url the URL that DNS messages are posted to
   * @param ca PEM file of the CA certificates for the server; null for those that the system trusts
   * @param authorization value of the Authorization header; null for none
   * @param maxRequests most requests in flight at once
   * @param http2 when HTTP/2 is used
   */
  record Http(
      URI url, @Nullable Path ca, @Nullable String authorization, int maxRequests, Http2 http2)
      implements ConnectorSettings {
    public static final int DEFAULT_MAX_REQUESTS = 200;

    /** Omits the Authorization header, which is a secret. */
    @Override
    public String toString() {
      return "Http[" + url + "]";
    }
  }

  /**
   * Operations that policies start, carried out by this node. A service has exactly one kind, and
   * no filter: no rule can suspend a query for it.
   */
  sealed interface Operation extends ConnectorSettings {
    /** The key of its block in the configuration. */
    String key();
  }

  /** Operations of code that comes with a configuration; no configuration names it. */
  record Given() implements Operation {
    @Override
    public String key() {
      return "given";
    }
  }

  /** Statements for a database. */
  record Sql(SqlSettings settings) implements Operation {
    @Override
    public String key() {
      return "sql";
    }
  }

  /** Requests to a web service. */
  record HttpCall(HttpCallSettings settings) implements Operation {
    @Override
    public String key() {
      return "http";
    }
  }

  /**
   * Runs of a program.
   *
   * @param directory its working directory, which is that of the configuration
   */
  record Exec(ExecSettings settings, Path directory) implements Operation {
    @Override
    public String key() {
      return "exec";
    }
  }

  /**
   * Lookups in the DNS.
   *
   * @param pool the upstream pool whose settings the lookups use, as they were when the node
   *     started; the sockets are not those of the pool
   * @param maxLookups maximum number of lookups at once
   */
  record Resolve(String pool, int maxLookups) implements Operation {
    public static final int DEFAULT_MAX_LOOKUPS = 1_000;
    public static final int MAX_LOOKUPS = 30_000;

    @Override
    public String key() {
      return "resolve";
    }
  }

  /**
   * Waiting, which takes no thread.
   *
   * @param max maximum number of queries that wait at once
   */
  record Sleep(int max) implements Operation {
    public static final int DEFAULT_MAX = 100_000;
    public static final int MAX = 1_000_000;

    @Override
    public String key() {
      return "sleep";
    }
  }

  /**
   * Tasks of a policy on worker threads.
   *
   * @param workers number of threads
   * @param queue maximum number of tasks that wait for a thread
   * @param io whether tasks may use files and start programs
   */
  record Worker(int workers, int queue, boolean io) implements Operation {
    public static final int DEFAULT_WORKERS = 1;
    public static final int MAX_WORKERS = 16;
    public static final int DEFAULT_QUEUE = 1_000;
    public static final int MAX_QUEUE = 100_000;

    @Override
    public String key() {
      return "worker";
    }
  }
}
