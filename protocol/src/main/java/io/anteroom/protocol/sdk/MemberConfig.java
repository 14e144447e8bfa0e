// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.anteroom.protocol.FilterKeys;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.Address;
import org.jspecify.annotations.Nullable;

/**
 * The Pekko settings that all members of a cluster share, nodes and filters alike.
 *
 * <p>System properties override them. An application.conf is ignored, so that the Pekko settings of
 * the program that contains a filter do not affect it.
 */
public final class MemberConfig {
  private static final String PROTOCOL = "pekko";
  private static final String LOCAL =
      """
      pekko {
        # Pekko's own log goes where ours goes, and tells what is wrong but not what is going on.
        loggers = ["org.apache.pekko.event.slf4j.Slf4jLogger"]
        logging-filter = "io.anteroom.protocol.sdk.MemberLogging"
        loglevel = WARNING
        stdout-loglevel = ERROR
        # It waits for its logger when it starts. On a machine that is busy the default of 5 s is not
        # enough, and the program would end.
        logger-startup-timeout = 60 s
        log-dead-letters = off
        log-dead-letters-during-shutdown = off

        # Our programs say themselves when they end and how.
        jvm-shutdown-hooks = off
        coordinated-shutdown {
          exit-jvm = off
          run-by-jvm-shutdown-hook = off
        }
      }
      """;

  private static final String SHARED =
      """
      pekko {
        actor.provider = cluster
        # At the default of 10 ms a deadline is 24 to 30 ms late.
        scheduler.tick-duration = 2 ms

        remote.artery.advanced {
          # Requests and verdicts come in bursts.
          outbound-message-queue-size = 32768
          # A node that was taken for dead comes back under its old address, and can be heard only
          # when the connection to what it was before is closed.
          stop-quarantined-after-idle = 1 s
          # And one that has moved to another cluster can be heard only when the connection to what
          # it was there, which nobody takes for dead, is closed. Members send each other heartbeats
          # every second, so theirs are never idle.
          stop-idle-outbound-after = 15 s
          # Tables of a megabyte for each number that a sender gives itself: whoever reaches a port
          # without TLS could fill the heap. Names and manifests are few bytes beside a batch.
          compression {
            actor-refs.max = off
            manifests.max = off
          }
        }

        cluster {
          log-info = off
          jmx.multi-mbeans-in-same-jvm = on
          # It wants all members to agree on sharding, of which a filter knows nothing.
          configuration-compatibility-check.checkers.pekko-cluster-sharding = ""
          # Nodes declare members dead, and none ever ends itself for being on the smaller side: a
          # split is no danger here, as each node decides about its own queries alone. What they
          # decide by is who reaches whom, so each member watches all others.
          downing-provider-class = ""
          failure-detector.monitored-by-nr-of-members = 100
        }
      }
      """;

  private MemberConfig() {}

  /** The settings of an ActorSystem that is not a cluster member. */
  public static Config local() {
    return local(ConfigFactory.empty());
  }

  /**
   * The same settings, with others in place of the defaults of the libraries. They may stand in a
   * file reference.conf as well, but then they only take effect if the class path has that file
   * before those of the libraries.
   */
  public static Config local(Config own) {
    return ConfigFactory.load(ConfigFactory.parseString(LOCAL).withFallback(own));
  }

  /**
   * The settings of one member.
   *
   * @param host the address to bind, by which other members know it
   * @param port 0 for any
   * @param role {@link FilterKeys#NODE_ROLE} or {@link FilterKeys#FILTER_ROLE}
   * @param insecure whether plain TCP is allowed on addresses other than loopback
   * @param tls null for plain TCP
   * @throws IllegalArgumentException if the member would use plain TCP on an address other than
   *     loopback, or if a TLS file can't be read
   */
  public static Config config(
      String host, int port, String role, boolean insecure, @Nullable MemberTls tls) {
    return config(host, port, role, insecure, tls, ConfigFactory.empty());
  }

  /**
   * The same settings, with others in place of the defaults of the libraries; see {@link
   * #local(Config)}.
   */
  public static Config config(
      String host, int port, String role, boolean insecure, @Nullable MemberTls tls, Config more) {
    if (tls == null && !insecure && !isLoopback(host)) {
      throw new IllegalArgumentException(
          host + " is not a loopback address: members need TLS there, or leave to be insecure");
    }
    Map<String, Object> own = new HashMap<>();
    own.put("pekko.remote.artery.canonical.hostname", host);
    own.put("pekko.remote.artery.canonical.port", port);
    own.put("pekko.remote.artery.transport", tls == null ? "tcp" : "tls-tcp");
    own.put("pekko.cluster.roles", List.of(role));
    // A supervisor restarts a node, but a filter may be part of a program that must not exit.
    own.put("pekko.jvm-exit-on-fatal-error", role.equals(FilterKeys.NODE_ROLE));
    if (tls != null) {
      putTls(own, tls);
    }
    return ConfigFactory.load(
        ConfigFactory.parseMap(own)
            .withFallback(ConfigFactory.parseString(SHARED))
            .withFallback(ConfigFactory.parseString(LOCAL))
            .withFallback(more));
  }

  /**
   * Parses the addresses of members to join.
   *
   * @param seeds each {@code host:port}, with brackets around an IPv6 address
   * @throws IllegalArgumentException if one has another form
   */
  public static List<Address> seeds(List<String> seeds) {
    List<Address> addresses = new ArrayList<>();
    for (String seed : seeds) {
      addresses.add(address(seed));
    }
    return addresses;
  }

  private static Address address(String seed) {
    int colon = seed.lastIndexOf(':');
    String host = seed.substring(0, Math.max(0, colon));
    boolean wellFormed = !host.isEmpty() && (host.indexOf(':') < 0 || host.startsWith("["));
    try {
      int port = wellFormed ? Integer.parseInt(seed.substring(colon + 1)) : 0;
      if (port > 0 && port <= 0xffff) {
        return new Address(PROTOCOL, FilterKeys.SYSTEM, host, port);
      }
    } catch (NumberFormatException e) {
      // Said below, with the form that is wanted.
    }
    throw new IllegalArgumentException("a seed has the form host:port, not \"" + seed + "\"");
  }

  private static void putTls(Map<String, Object> own, MemberTls tls) {
    requireReadable(tls.key(), "private key");
    requireReadable(tls.certificate(), "certificate");
    requireReadable(tls.caCertificate(), "CA certificate");
    String ssl = "pekko.remote.artery.ssl.";
    own.put(
        ssl + "ssl-engine-provider",
        "org.apache.pekko.remote.artery.tcp.ssl.RotatingKeysSSLEngineProvider");
    own.put(ssl + "rotating-keys-engine.key-file", tls.key().toString());
    own.put(ssl + "rotating-keys-engine.cert-file", tls.certificate().toString());
    own.put(ssl + "rotating-keys-engine.ca-cert-file", tls.caCertificate().toString());
  }

  private static void requireReadable(Path file, String what) {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new IllegalArgumentException("the " + what + " for TLS can't be read: " + file);
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("unknown host " + host, e);
    }
  }
}
