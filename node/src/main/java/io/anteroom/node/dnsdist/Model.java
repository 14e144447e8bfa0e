// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.lua.LuaRef;
import io.anteroom.protocol.Stage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a dnsdist file asked for while it was loaded. Immutable. All values have been checked as far
 * as that needs no other part of the configuration; nothing is opened yet.
 *
 * <p>A value of type {@code Object} in here is what HOCON can have: {@code String}, {@code Long},
 * {@code Double}, {@code Boolean}, or a {@code List} or a {@code Map} with such values. Keys are
 * those of the configuration, such as {@code client-rate}; but pools have the names that the file
 * gives them, also the empty one.
 *
 * @param locals where to listen, in order; empty if the file names none
 * @param acl who may ask; dnsdist's default if the file sets none
 * @param servers the servers in the order of the file
 * @param policy how a server is chosen: a word for {@code policy} of a pool
 * @param pools the pools by name; the name of the default pool is empty. It is always there
 * @param rules all rules, in the order in which the file added them
 * @param blocks the dynamic blocks
 * @param settings other values that mean something here: {@code udp-timeout} in seconds, {@code
 *     stale-ttl} in seconds, {@code ecs-ipv4} and {@code ecs-ipv6} in bits, {@code verbose}, {@code
 *     load-factor}, {@code webserver} and {@code control-socket} with addresses and, as {@code
 *     webserver-place}, the places where they are set, {@code proxies} with a list of networks,
 *     {@code acl-for-clients}; a key is missing if the file does not set it
 * @param maintenance functions to call about each second, without arguments
 * @param exits functions to call when the node ends, without arguments
 * @param warnings what the file asks for and does not get
 */
public record Model(
    List<Local> locals,
    List<String> acl,
    List<Server> servers,
    String policy,
    Map<String, Pool> pools,
    List<Rule> rules,
    Blocks blocks,
    Map<String, Object> settings,
    List<LuaRef> maintenance,
    List<LuaRef> exits,
    List<Remark> warnings) {

  /** Copies the collections. */
  public Model {
    locals = List.copyOf(locals);
    acl = List.copyOf(acl);
    servers = List.copyOf(servers);
    rules = List.copyOf(rules);
    maintenance = List.copyOf(maintenance);
    exits = List.copyOf(exits);
    warnings = List.copyOf(warnings);
  }

  /**
   * A place in a file of the operator.
   *
   * @param file as messages show it
   * @param line from 1; 0 if it is unknown
   */
  public record Place(String file, int line) {
    /** {@code file:line}. */
    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  /** A message about a place. */
  public record Remark(Place place, String text) {
    /** {@code file:line: text}. */
    @Override
    public String toString() {
      return place + ": " + text;
    }
  }

  /**
   * An address to listen at with one transport.
   *
   * @param transport the word of the configuration, such as {@code udp} or {@code https}
   * @param address IP address and port, as {@code 127.0.0.1:53} or {@code [::1]:53}
   * @param proxied whether proxies send the header of the PROXY protocol, if the file names proxies
   * @param options further keys of the listener, such as {@code max-connections} and {@code tls}
   */
  public record Local(
      Place place, String transport, String address, boolean proxied, Map<String, Object> options) {
    /** Whether it has no TLS and no HTTP, so that addresses of the command line replace it. */
    boolean plain() {
      return transport.equals("udp") || transport.equals("tcp");
    }
  }

  /**
   * A server.
   *
   * @param address IP address and port
   * @param name what the file calls it; may be empty
   * @param pools the pools that it is in; the default pool is the empty name
   * @param weight 1 to 2^31-1
   * @param order servers with a lower order come first
   * @param tcpOnly whether UDP is not used
   * @param tls how its certificate is verified; null without TLS
   * @param source the source address of queries; null if the system chooses
   * @param sockets UDP sockets; 0 if the file does not say
   * @param udpTimeoutSeconds 0 if the file does not say
   * @param clientSubnet whether it is told of the client's network
   * @param check how its health is checked
   */
  public record Server(
      Place place,
      String address,
      String name,
      List<String> pools,
      int weight,
      int order,
      boolean tcpOnly,
      @Nullable Tls tls,
      @Nullable String source,
      int sockets,
      int udpTimeoutSeconds,
      boolean clientSubnet,
      Check check) {}

  /**
   * Requirements for a server's certificate.
   *
   * @param subject the name or address in the certificate; empty if the file has none
   * @param caStore a file with authorities; empty for those of the system
   * @param validate whether it is verified at all
   * @param dohPath the path of DNS over HTTPS; empty for DNS over TLS
   */
  public record Tls(String subject, String caStore, boolean validate, String dohPath) {}

  /**
   * A health check.
   *
   * @param mode {@code auto}, {@code lazy}, {@code up} or {@code down}
   * @param name the name that is asked for
   * @param type its type, as a word
   * @param intervalSeconds seconds between two checks
   * @param timeoutMillis how long a check waits
   * @param maxFailures failures in a row after which the server is down
   * @param mustResolve whether NXDOMAIN and REFUSED are failures
   */
  public record Check(
      String mode,
      String name,
      String type,
      int intervalSeconds,
      int timeoutMillis,
      int maxFailures,
      boolean mustResolve) {}

  /**
   * A pool of servers.
   *
   * @param policy how a server is chosen; null for the policy of the file
   * @param cache its cache; null for none
   */
  public record Pool(String name, @Nullable String policy, @Nullable Cache cache) {}

  /**
   * A packet cache. All times are in seconds.
   *
   * @param id which cache this is, as pools may share one
   */
  public record Cache(
      Place place,
      int id,
      long maxEntries,
      int maxTtl,
      int minTtl,
      int maxNegativeTtl,
      int failureTtl,
      int staleTtl) {}

  /**
   * A rule. It has either an action of ours or a function.
   *
   * @param name unique; the file's own name for it, or its place
   * @param match the word {@code all} or a map: the value of the key {@code match}
   * @param action a word or a map: the value of the key {@code action}, with {@code then = done} if
   *     the action ends the chain and would not do so by itself; null if there is code
   * @param code the function to call; null if there is an action
   */
  public record Rule(
      Place place,
      Stage stage,
      String name,
      Object match,
      @Nullable Object action,
      @Nullable Code code) {}

  /**
   * A function that a rule calls for each query or answer that matches.
   *
   * @param kind {@code query} or {@code response}
   * @param function the function that the library made of the file's own
   * @param what what the file calls the action, for people, such as {@code LuaAction}
   */
  public record Code(String kind, LuaRef function, String what) {}

  /**
   * Dynamic blocks.
   *
   * @param exclude networks that are never blocked
   * @param rules values of {@code blocks.rules}
   */
  public record Blocks(List<String> exclude, List<Map<String, Object>> rules) {
    /** Copies the lists. */
    public Blocks {
      exclude = List.copyOf(exclude);
      rules = List.copyOf(rules);
    }
  }
}
