// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The files of names that the rules of {@link RuleTableTest} look into, with lines for each row.
 */
final class RuleFiles {
  private static final String ZONE =
      """
      nx.@ CNAME .
      *.wild.@ CNAME .
      ok.wild.@ CNAME rpz-passthru.
      pass.@ CNAME rpz-passthru.
      nodata.@ CNAME *.
      drop.@ CNAME rpz-drop.
      tcp.@ CNAME rpz-tcp-only.
      local.@ A 192.0.2.66
      other.@ AAAA 2001:db8::66
      garden.@ CNAME garden.test.
      walled.@ CNAME *.garden.test.
      """;

  private RuleFiles() {}

  static void write(Path directory, List<String> names) throws IOException {
    StringBuilder domains = new StringBuilder("# names\n");
    StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
    String start =
        "$TTL 60\n@ SOA localhost. root.localhost. 1 3600 600 86400 60\n@ NS localhost.\n";
    StringBuilder zone = new StringBuilder(start);
    StringBuilder second = new StringBuilder(start);
    for (String name : names) {
      domains.append("listed.@\n*.tree.@  # and below\n".replace("@", name));
      hosts.append("0.0.0.0 host1.@ host2.@\n".replace("@", name));
      zone.append(ZONE.replace("@", name));
      second.append("*.wild.@ CNAME .\n".replace("@", name));
    }
    Files.writeString(directory.resolve("domains.txt"), domains);
    Files.writeString(directory.resolve("hosts"), hosts);
    Files.writeString(directory.resolve("zone.rpz"), zone);
    Files.writeString(directory.resolve("second.rpz"), second);
  }
}
