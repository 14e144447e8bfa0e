// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.sdk.FilterMember;
import io.anteroom.protocol.sdk.FilterMemberSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Opens many connections to one node, over TLS or TCP, asks a query on each, has all of them
 * suspended at once, and then resumes them. It measures what a connection takes when it is idle,
 * and with a suspended query.
 */
final class Connections implements Runnable {
  private static final String JAVA_OPTIONS = "-Xms1g -Xmx1g";
  private static final Duration STILL = Duration.ofSeconds(20);

  /** What an idle connection may take of the node's heap; with its query suspended, twice that. */
  private static final int MAX_BYTES = 16 << 10;

  private final Options options;
  private final Report report;
  private final int connections;
  private final boolean overTls;
  private final int timeoutSeconds;

  Connections(Options options, Report report) {
    this.options = options;
    this.report = report;
    connections = options.positive("-n", 10_000);
    overTls = options.number("-e", 1) != 0;
    timeoutSeconds = options.positive("-t", 120);
  }

  public static void main(String[] arguments) {
    System.exit(Command.run(arguments, Connections::new, "-n", "-e", "-t", "-p", "-c", "-v"));
  }

  @Override
  public void run() {
    report.machine();
    Ports ports = Ports.of(options, 0);
    Path directory = temporary();
    try (NodeProcess node = NodeProcess.start(configuration(ports, directory), JAVA_OPTIONS)) {
      report.say("node: %s, %s", node.jcmd().version(), JAVA_OPTIONS);
      HoldingFilter filter = new HoldingFilter(connections);
      FilterMemberSettings settings =
          FilterMemberSettings.of(1, ports.seed()).withCredits(connections);
      Exam exam = new Exam(connections);
      try (FilterMember member = JoinedFilter.start(settings, filter);
          StreamClients clients = new StreamClients(ports.dns(), connections, overTls, exam)) {
        measure(node, filter, exam, clients);
        report.say("filter: %s", member.metrics());
      }
      node.terminate();
      report.claim(node.exitCode() == 0, "the node ended in an orderly way");
      node.complaints().forEach(line -> report.say("node said: %s", line));
    } finally {
      delete(directory);
    }
  }

  private void measure(NodeProcess node, HoldingFilter filter, Exam exam, StreamClients clients) {
    Jcmd.Live before = node.jcmd().live();
    long residentBefore = node.residentBytes();
    double opening = clients.open();
    report.say(
        "opened %,d connections in %.1f s (%,.0f a second)",
        clients.opened(), opening, clients.opened() / opening);
    each("idle connection", MAX_BYTES, before, node.jcmd().live());
    report.say(
        "%.0f bytes of resident memory for each idle connection",
        (double) (node.residentBytes() - residentBefore) / connections);

    for (int number = 0; number < connections; number++) {
      clients.ask(number);
    }
    Wait.until(filter::seen, connections, STILL);
    report.claim(filter.seen() == connections, "%,d queries waited at once", filter.seen());
    Jcmd.Live full = node.jcmd().live();
    full.top().stream().limit(options.number("-v", 0)).forEach(line -> report.say("  %s", line));
    each("connection with a suspended query", 2 * MAX_BYTES, before, full);

    for (int place = 0; place < filter.seen(); place++) {
      int number = filter.number(place);
      exam.decided(number);
      filter.decide(number);
    }
    Wait.until(exam::right, connections, STILL);
    report.say("answered %,d; from verdict to answer %s", exam.right(), exam.latencies());
    report.claim(exam.right() == connections, "lost: %,d", connections - exam.right());
    report.claim(clients.lost() == 0, "connections that the node closed: %,d", clients.lost());
    report.claim(
        exam.faults().count() == 0, "wrong answers: %,d %s", exam.faults().count(), exam.faults());
  }

  private void each(String what, int most, Jcmd.Live before, Jcmd.Live now) {
    double each = (double) (now.bytes() - before.bytes()) / connections;
    report.claim(each <= most, "%.0f bytes of live heap for each %s", each, what);
  }

  private String configuration(Ports ports, Path directory) {
    String listener =
        """
        address = "127.0.0.1:%d", idle-timeout = 10m
            max-connections = %d, max-connections-per-client = %d"""
            .formatted(ports.dns(), 2 * connections, 2 * connections);
    String transport = overTls ? "transport = tls, " + tls(directory) : "transport = tcp";
    return """
    anteroom {
      listeners = [ { %s, %s } ]
      cluster.port = %d
      admin = off
      upstreams.default.servers = []
      filters.held {
        async-id = 1
        timeout = %ds
        on-timeout = servfail
        on-overload = refuse
        on-no-filter = servfail
        max-suspended = %d
        max-per-client = %d
      }
      rules.query = [ { match = all, action { suspend = held } } ]
      zones = [ { origin = "anteroom.test" } ]
    }
    """
        .formatted(
            transport, listener, ports.cluster(), timeoutSeconds, 2 * connections, 2 * connections);
  }

  /** A block with a certificate that is made now, and no limit of handshakes. */
  private static String tls(Path directory) {
    Path certificate = directory.resolve("node.crt");
    Path key = directory.resolve("node.key");
    openssl(
        List.of(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            key.toString(),
            "-out",
            certificate.toString()));
    return """
    tls { certificate = "%s", key = "%s"
            max-handshakes = 1000000, max-handshakes-per-client = 1000000 }"""
        .formatted(certificate, key);
  }

  private static void openssl(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IllegalStateException("openssl: " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("anteroom-loadtest-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    try {
      for (String name : List.of("node.crt", "node.key")) {
        Files.deleteIfExists(directory.resolve(name));
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
