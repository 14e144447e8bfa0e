// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.SettingKeys;
import io.anteroom.node.config.SettingKeys.Change;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever adds a key says whether a reload may change it, and the reference says the same. */
class SettingKeysTest {
  private static final String RUNNING =
      """
      anteroom.listeners = [{ transport = udp, address = "127.0.0.1:0" }]
      anteroom.cluster.port = 0
      anteroom.admin = off
      anteroom.loops = 1
      anteroom.max-suspended-bytes = 16MiB
      anteroom.embedded-blocklist = off
      anteroom.filters.a { async-id = 1, connector { transport = udp, send-to = "127.0.0.1:9" } }
      anteroom.filters.blocklist.async-id = 2
      anteroom.filters.group {
        async-id = 3, members = [a, blocklist], decide = quorum, quorum = 1
      }
      anteroom.operations {
        sql { async-id = 11, sql { url = "jdbc:h2:mem:a" } }
        http { async-id = 12, http { url = "http://127.0.0.1:1" } }
        exec { async-id = 13, exec { command = [true] } }
        resolve { async-id = 14, resolve {} }
        sleep { async-id = 15, sleep {} }
        async-id { async-id = 18, sleep {} }
        worker { async-id = 16, worker {} }
      }
      """;

  /** A change of each fixed key; {@code NAME} is the service that it is about. */
  private static final Map<String, String> CHANGES = changes();

  @TempDir private Path directory;

  private static Map<String, String> changes() {
    Map<String, String> changes = new LinkedHashMap<>();
    changes.put("listeners", "listeners = [{ transport = udp, address = \"127.0.0.1:5399\" }]");
    changes.put("cluster", "cluster.port = 4711");
    changes.put("admin", "admin = on");
    changes.put("loops", "loops = 2");
    changes.put("max-suspended-bytes", "max-suspended-bytes = 17MiB");
    changes.put("embedded-blocklist", "embedded-blocklist = on");
    changes.put("cookies", "cookies = off");
    changes.put("rules-file", "rules-file = \"rules.conf\"");
    changes.put("data-dir", "data-dir = \"elsewhere\"");
    changes.put("filters.NAME.async-id", "filters.a.async-id = 7");
    changes.put("filters.NAME.connector", "filters.a.connector.send-to = \"127.0.0.1:10\"");
    changes.put("filters.NAME.members", "filters.group.members = [blocklist, a]");
    changes.put("filters.NAME.decide", "filters.group.decide = all, filters.group.quorum = null");
    changes.put("filters.NAME.quorum", "filters.group.quorum = 2");
    changes.put("operations.NAME.async-id", "operations.async-id.async-id = 17");
    changes.put("operations.NAME.sql", "operations.sql.sql.pool = 5");
    changes.put("operations.NAME.http", "operations.http.http.max-body = 1k");
    changes.put("operations.NAME.exec", "operations.exec.exec.processes = 5");
    changes.put("operations.NAME.resolve", "operations.resolve.resolve.max-lookups = 5");
    changes.put("operations.NAME.sleep", "operations.sleep.sleep.max = 5");
    changes.put("operations.NAME.worker", "operations.worker.worker.workers = 5");
    return changes;
  }

  static List<String> fixed() {
    return SettingKeys.fixed();
  }

  @Test
  void eachKeyOfTheReference_isSaidToBeFixedOrLive() throws Exception {
    Config reference = ConfigFactory.parseString(uncommented()).getConfig("anteroom");

    assertThat(reference.entrySet())
        .hasSizeGreaterThan(50)
        .extracting(entry -> ConfigUtil.splitPath(entry.getKey()))
        .allSatisfy(path -> assertThat(SettingKeys.of(path)).as("%s", path).isNotNull());
  }

  @Test
  void keyThatNobodyHasSaidAnythingAbout_isNeither() {
    assertThat(SettingKeys.of(List.of("new"))).isNull();
    assertThat(SettingKeys.of(List.of("filters", "a", "new"))).isNull();
    assertThat(SettingKeys.of(List.of("filters", "a", "timeout"))).isEqualTo(Change.LIVE);
    assertThat(SettingKeys.of(List.of("operations", "a", "new"))).isNull();
    assertThat(SettingKeys.of(List.of("operations", "a", "timeout"))).isEqualTo(Change.LIVE);
    assertThat(SettingKeys.of(List.of("operations", "a", "sql", "url"))).isEqualTo(Change.FIXED);
    assertThat(SettingKeys.of(List.of("cluster", "tls", "key"))).isEqualTo(Change.FIXED);
  }

  @Test
  void reference_namesTheKeysThatNeedARestart_andNoOther() throws Exception {
    String text = reference().replace("\n# ", " ");
    int from = text.indexOf("need a restart: ");
    String sentence = text.substring(from, text.indexOf(". ", from));

    assertThat(Pattern.compile("`([^`]+)`").matcher(sentence).results().map(name -> name.group(1)))
        .containsExactlyElementsOf(SettingKeys.fixed());
  }

  @ParameterizedTest
  @MethodSource("fixed")
  void reloadThatChangesAFixedKey_isRefusedByName(String key) throws Exception {
    Path file = directory.resolve("node.conf");
    Files.writeString(file, RUNNING);
    NodeConfiguration running = NodeConfiguration.load(file);
    assertThat(CHANGES).containsKey(key);
    // With +=, or a substitution, it would be no mistake to set it twice; so it goes into a file.
    Files.writeString(directory.resolve("running.conf"), RUNNING);
    Files.writeString(file, "include \"running.conf\"\nanteroom { " + CHANGES.get(key) + " }\n");

    var refused =
        catchThrowableOfType(
            InvalidConfiguration.class,
            () -> running.loadAgain(running.settings(), running.settings().filters().values()));

    String last = key.substring(key.lastIndexOf('.') + 1);
    String group = key.matches(".*(members|decide|quorum)") ? "group" : "a";
    String name = key.replace("NAME", key.startsWith("operations") ? last : group);
    assertThat(refused.messages())
        .anyMatch(line -> line.contains("anteroom." + name + ": has changed"));
  }

  @Test
  void check_namesTheFixedKeysThatAFileSets() throws Exception {
    assertThat(NodeConfiguration.parse(RUNNING).fixedKeys())
        .containsExactly(
            "listeners",
            "cluster",
            "admin",
            "loops",
            "max-suspended-bytes",
            "embedded-blocklist",
            "filters.a.async-id",
            "filters.a.connector",
            "filters.blocklist.async-id",
            "filters.group.async-id",
            "filters.group.members",
            "filters.group.decide",
            "filters.group.quorum",
            "operations.sql.async-id",
            "operations.sql.sql",
            "operations.http.async-id",
            "operations.http.http",
            "operations.exec.async-id",
            "operations.exec.exec",
            "operations.resolve.async-id",
            "operations.resolve.resolve",
            "operations.sleep.async-id",
            "operations.sleep.sleep",
            "operations.async-id.async-id",
            "operations.async-id.sleep",
            "operations.worker.async-id",
            "operations.worker.worker");
    assertThat(NodeConfiguration.parse("anteroom.drain = 1s").fixedKeys()).isEmpty();
  }

  private static String uncommented() throws IOException {
    return reference()
        .lines()
        .map(line -> line.replaceFirst("^( *)#(?=\\S)", "$1"))
        .collect(Collectors.joining("\n"));
  }

  private static String reference() throws IOException {
    try (InputStream in = NodeConfiguration.class.getResourceAsStream("/anteroom-default.conf")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
