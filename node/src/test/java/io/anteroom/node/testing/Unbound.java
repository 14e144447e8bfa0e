// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Unbound on free ports of 127.0.0.1, over TLS and HTTPS. It knows {@link #NAME}, and no other name
 * of its zone.
 */
public final class Unbound implements AutoCloseable {
  public static final String NAME = "www.unbound.example";
  public static final String ADDRESS = "192.0.2.7";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Process process;
  private final Path configuration;
  private final int firstPort;

  private Unbound(Process process, Path configuration, int firstPort) {
    this.process = process;
    this.configuration = configuration;
    this.firstPort = firstPort;
  }

  /** Starts one whose files are in this directory. */
  public static Unbound start(Path directory, TlsFiles files) throws IOException {
    int port = FreePorts.inARow(2);
    Path configuration = directory.resolve("unbound.conf");
    Path log = directory.resolve("unbound.log");
    Files.writeString(configuration, configuration(directory, files, port));
    Process process =
        new ProcessBuilder("unbound", "-d", "-c", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Unbound unbound = new Unbound(process, configuration, port);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              String said = Files.readString(log);
              assertThat(process.isAlive()).as(said).isTrue();
              return said.contains("start of service");
            });
    return unbound;
  }

  private static String configuration(Path directory, TlsFiles files, int port) {
    return """
    server:
      do-daemonize: no
      username: ""
      chroot: ""
      pidfile: ""
      directory: "%s"
      use-syslog: no
      logfile: ""
      num-threads: 1
      extended-statistics: yes
      module-config: "iterator"
      interface: 127.0.0.1@%d
      interface: 127.0.0.1@%d
      tls-port: %d
      https-port: %d
      http-endpoint: "/dns-query"
      tls-service-key: "%s"
      tls-service-pem: "%s"
      local-zone: "unbound.example." static
      local-data: "%s. 60 IN A %s"
    remote-control:
      control-enable: yes
      control-interface: "%s/control"
      control-use-cert: no
    """
        .formatted(
            directory,
            port,
            port + 1,
            port,
            port + 1,
            files.key(),
            files.certificate(),
            NAME,
            ADDRESS,
            directory);
  }

  public InetSocketAddress overTls() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), firstPort);
  }

  public InetSocketAddress overHttps() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), firstPort + 1);
  }

  /** A figure of its statistics since it was started. */
  public long count(String figure) throws IOException {
    Process control =
        new ProcessBuilder("unbound-control", "-c", configuration.toString(), "stats_noreset")
            .redirectErrorStream(true)
            .start();
    List<String> lines = new String(control.getInputStream().readAllBytes()).lines().toList();
    return lines.stream()
        .filter(line -> line.startsWith(figure + "="))
        .mapToLong(line -> Long.parseLong(line.substring(figure.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError(figure + " is not in " + lines));
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
