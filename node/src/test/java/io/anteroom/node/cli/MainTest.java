// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.TlsListenerSettings;
import io.anteroom.node.tls.CertificateLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  private final Terminal terminal = new Terminal();
  private final FakeStarter starter = new FakeStarter();

  @TempDir private Path directory;

  @AfterEach
  void output_hasNoStackTrace() {
    assertThat(terminal.out() + terminal.err()).doesNotContain("\tat ").doesNotContain("Exception");
  }

  @Test
  void help_namesTheCommands() {
    assertThat(terminal.run(starter, "--help")).isZero();
    assertThat(terminal.out())
        .contains("run", "check", "import", "filter", "cluster", "ctl", "resolve");
    assertThat(terminal.out()).doesNotContain(ParentBound.OPTION);
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check", "import", "filter", "cluster", "ctl", "resolve"})
  void help_ofACommand_showsItsUse(String command) {
    assertThat(terminal.run(starter, command, "--help")).isZero();
    assertThat(terminal.out()).startsWith("Usage: anteroom " + command);
    assertThat(terminal.out()).doesNotContain(ParentBound.OPTION);
  }

  @Test
  void version_saysNameAndJava() {
    assertThat(terminal.run(starter, "--version")).isZero();
    assertThat(terminal.out())
        .startsWith("anteroom ")
        .contains("Java " + Runtime.version().feature());
  }

  @Test
  void noCommand_hintsAtHelp() {
    assertThat(terminal.run(starter)).isEqualTo(2);
    assertThat(terminal.err()).contains("Which command?", "Try 'anteroom --help'.");
  }

  @Test
  void unknownOption_saysSoAndHintsAtHelp() {
    assertThat(terminal.run(starter, "run", "--confg", "x")).isEqualTo(2);
    assertThat(terminal.err()).contains("--confg", "--config", "Try 'anteroom run --help'.");
  }

  @Test
  void unknownCommand_saysSo() {
    assertThat(terminal.run(starter, "rum")).isEqualTo(2);
    assertThat(terminal.err()).contains("rum", "run", "Try 'anteroom --help'.");
  }

  @Test
  void missingOption_saysWhichOne() {
    assertThat(terminal.run(starter, "check")).isEqualTo(2);
    assertThat(terminal.err()).contains("--config");
  }

  @Test
  void wrongNumber_saysWhichOne() {
    assertThat(terminal.run(starter, "cluster", "--nodes", "many")).isEqualTo(2);
    assertThat(terminal.err()).contains("--nodes", "many");
  }

  @Test
  void check_good_saysOk() throws Exception {
    Path file = write("anteroom.conf", "anteroom {}");

    assertThat(terminal.run(starter, "check", "--config", file.toString())).isZero();
    assertThat(terminal.out().strip()).isEqualTo(file + ": ok");
  }

  @Test
  void check_bad_saysEverythingThatIsWrong() throws Exception {
    Path file = write("anteroom.conf", "anteroom {\n  drain = soon\n  loop = 1\n}\n");

    assertThat(terminal.run(starter, "check", "--config", file.toString())).isEqualTo(1);
    assertThat(terminal.err())
        .contains(file + ":2: anteroom.drain: must be", file + ":3: anteroom.loop: unknown key");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void check_filesWithWrongLines_saysEachOfThem() throws Exception {
    write("a.hosts", "nonsense\n192.0.2.1 good.example\n192.0.2.1 a..b\n");
    write("a.zone", "@ 60 SOA ns root 1 2 3 4 60\nwww 60 A 192.0.2\nx 60 NOTYPE 1\n");
    write("b.zone", "@ 60 SOA ns root 1 2 3 4 60\nwww.elsewhere. 60 A 192.0.2.1\n");
    Path file =
        write(
            "anteroom.conf",
            """
            anteroom.local.hosts = ["a.hosts"]
            anteroom.zones = [
              { origin = a.example, file = a.zone }
              { origin = b.example, file = b.zone }
            ]
            """);

    assertThat(terminal.run(starter, "check", "--config", file.toString())).isEqualTo(1);
    assertThat(terminal.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("a.hosts:1: no IP address"),
            line -> assertThat(line).contains("a.hosts:3: domain name 'a..b' has an empty label"),
            line -> assertThat(line).contains("a.zone:2: Invalid address: 192.0.2"),
            line -> assertThat(line).contains("a.zone:3: Invalid type 'NOTYPE'"),
            line -> assertThat(line).contains("b.zone:2: www.elsewhere. is not in zone b.example"));
  }

  @Test
  void check_noSuchFile_saysSo() {
    assertThat(terminal.run(starter, "check", "--config", "absent.conf")).isEqualTo(1);
    assertThat(terminal.err().strip()).isEqualTo("absent.conf: no such file");
  }

  @Test
  void check_zoneThatIsNone_saysSo() throws Exception {
    write("bad.zone", "this is no zone\n");
    Path file = write("a.conf", "anteroom.zones = [ { origin = bad.test, file = bad.zone } ]");

    assertThat(terminal.run(starter, "check", "--config", file.toString())).isEqualTo(1);
    assertThat(terminal.err()).contains("bad.zone");
  }

  @Test
  void check_hostsFileWithABadLine_saysWhere() throws Exception {
    Path hosts = write("bad.hosts", "192.0.2.1 www.example\nNS nobody www.example\n");
    Path file = write("a.conf", "anteroom.local.hosts = [ bad.hosts ]");

    assertThat(terminal.run(starter, "check", "--config", file.toString())).isEqualTo(1);
    assertThat(terminal.err()).contains(hosts + ":2: NS: nobody is neither an upstream pool");
  }

  @Test
  void run_badConfiguration_isNotStarted() throws Exception {
    Path file = write("anteroom.conf", "anteroom { drain = soon }");

    assertThat(terminal.run(starter, "run", "--config", file.toString())).isEqualTo(1);
    assertThat(terminal.err()).startsWith(file + ":1: anteroom.drain: ");
    assertThat(starter.configuration).isNull();
  }

  @Test
  void run_portInUse_oneLine() {
    starter.startFailure = "127.0.0.1:5354 is in use";

    assertThat(terminal.run(starter, "run")).isEqualTo(1);
    assertThat(terminal.err().strip()).isEqualTo("anteroom: 127.0.0.1:5354 is in use");
  }

  @Test
  void run_tryTls_listensOnLoopbackToo_withACertificateOfItsOwn() throws Exception {
    starter.running.ready.complete(null);
    terminal.interruptAfter("Ctrl-C ends it.");

    assertThat(terminal.run(starter, "run", "--try-tls")).isZero();
    assertThat(terminal.out())
        .contains(
            "TLS+QUIC 127.0.0.1:8853",
            "kdig @127.0.0.1 -p 8853 www.anteroom.test +tls",
            "HTTPS+HTTPS3 127.0.0.1:8443",
            "kdig @127.0.0.1 -p 8443 www.anteroom.test +https");
    TlsListenerSettings tls =
        starter.configuration.settings().listeners().stream()
            .filter(TlsListenerSettings.class::isInstance)
            .map(TlsListenerSettings.class::cast)
            .findFirst()
            .orElseThrow();
    // The files are there as long as the node runs.
    assertThat(tls.tls().certificates().get(0).all()).allSatisfy(f -> assertThat(f).doesNotExist());
  }

  @Test
  void tryTls_makesACertificateForLoopback_andRemovesIt() throws Exception {
    try (TryTls made = TryTls.make(new SecureRandom())) {
      var certificate =
          CertificateLoader.load(
              ((TlsListenerSettings) made.listeners().get(0)).tls().certificates().get(0));

      assertThat(certificate.names()).containsExactly("localhost");
      assertThat(certificate.invalidAt(Instant.now())).isNull();
    }
  }

  @Test
  void run_readyAndInterrupted_saysWhatToTryAndEndsWithZero() throws Exception {
    Path file =
        write(
            "anteroom.conf",
            """
            anteroom {
              listeners = [
                { transport = udp, address = "127.0.0.1:5399" }
                { transport = tcp, address = "127.0.0.1:5399" }
              ]
              upstreams.default.servers = ["192.0.2.1"]
              filters.blocklist.async-id = 1
              embedded-blocklist = on
              zones = [ { origin = anteroom.test } ]
            }
            """);
    starter.running.ready.complete(null);
    terminal.interruptAfter("Ctrl-C ends it.");

    assertThat(terminal.run(starter, "run", "--config", file.toString())).isZero();
    assertThat(terminal.out())
        .startsWith("ready: UDP+TCP 127.0.0.1:5399\n")
        .contains("dig @127.0.0.1 -p 5399 www.anteroom.test", "blocked.anteroom.test");
    assertThat(starter.running.stopped).isTrue();
  }

  @Test
  void run_inputEnds_endsWithZero() {
    assertThat(terminal.run(starter, "run", ParentBound.OPTION)).isZero();
    assertThat(starter.running.stopped).isTrue();
  }

  @Test
  void run_endsByItself_isAFailure() {
    starter.running.terminated.complete(null);

    assertThat(terminal.run(starter, "run")).isEqualTo(1);
    assertThat(terminal.err()).contains("has ended by itself");
  }

  @Test
  void filter_noSuchList_saysSo() {
    assertThat(terminal.run(starter, "filter", "--list", "absent", "--join", "127.0.0.1:17355"))
        .isEqualTo(1);
    assertThat(terminal.err().strip()).isEqualTo("anteroom: absent: no such file");
  }

  @Test
  void filter_noAddressToJoin_saysSo() throws Exception {
    String list = write("list", "bad.test").toString();

    assertThat(terminal.run(starter, "filter", "--list", list, "--join", "nowhere")).isEqualTo(1);
    assertThat(terminal.err()).contains("has no port: \"nowhere\"");
  }

  @Test
  void filter_joins_withTheNamesOfItsList() throws Exception {
    String list = write("list", "bad.test").toString();
    terminal.interrupt();

    int code =
        terminal.run(
            starter, "filter", "--list", list, "--join", "127.0.0.1:17355", "--async-id", "7");

    assertThat(code).isZero();
    assertThat(starter.joined).isEqualTo("7@127.0.0.1:17355");
    assertThat(starter.lookup.isListed("bad.test").join()).isTrue();
  }

  @Test
  void hold_notReadySoon_saysWhatIsWaitedFor() {
    starter.running.terminated.completeOnTimeout(
        null, 50, java.util.concurrent.TimeUnit.MILLISECONDS);

    int code =
        new Foreground(terminal.console, Duration.ofMillis(1))
            .hold(starter.running, () -> {}, "waits for the cluster", Duration.ofSeconds(1));

    assertThat(code).isEqualTo(1);
    assertThat(terminal.err()).contains("anteroom: waits for the cluster");
  }

  @Test
  void hold_doesNotEnd_isCutOff() {
    starter.running.ignoresStop = true;
    terminal.interrupt();

    int code =
        new Foreground(terminal.console).hold(starter.running, () -> {}, "", Duration.ofMillis(1));

    assertThat(code).isZero();
    assertThat(terminal.err()).contains("is cut off");
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }
}
