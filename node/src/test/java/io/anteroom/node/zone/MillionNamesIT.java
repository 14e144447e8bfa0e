// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.wire.WireQuery;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Type;

/** A million names in a JVM of its own that has 300 MB of heap. */
final class MillionNamesIT {
  private static final int NAMES = 1_000_000;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"one", "each"})
  void load_aMillionNames_within300MegabytesOfHeap(String addresses) throws Exception {
    Path file = directory.resolve("hosts");
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
      for (int i = 0; i < NAMES; i++) {
        out.println(address(addresses.equals("each") ? i : -1) + " " + name(i));
      }
    }
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx300m",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
    System.out.println("address for " + addresses + ": " + said.strip());
    assertThat(said).contains("names 1000000, found 1000000");
    assertThat(child.exitValue()).isZero();
  }

  private static String name(int i) {
    return "host-" + i + ".ads" + i % 1_000 + ".example";
  }

  private static String address(int i) {
    return i < 0 ? "0.0.0.0" : "10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255);
  }

  /** What runs in that JVM. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws IOException {
      long start = System.nanoTime();
      HostsTable hosts = HostsLoader.load(List.of(Path.of(arguments[0])), 60, target -> target);
      long loaded = System.nanoTime();
      long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      int found = 0;
      for (int i = 0; i < NAMES; i++) {
        WireQuery query = ZoneTests.query(name(i) + ".", Type.A);
        found += hosts.find(query, InetAddress.getLoopbackAddress()) == null ? 0 : 1;
      }
      System.gc();
      long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      System.out.printf(
          "names %d, found %d, loaded in %d ms, of which %d on a core, %d MB of heap used%n",
          hosts.size(), found, (loaded - start) / 1_000_000, cpu / 1_000_000, used >> 20);
    }
  }
}
