// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a load test found, printed line by line, and which of its claims did not hold. */
final class Report {
  private final PrintStream out;
  private final List<String> failures = new ArrayList<>();

  Report(PrintStream out) {
    this.out = out;
  }

  void say(String format, Object... arguments) {
    out.println(String.format(Locale.ROOT, format, arguments));
    out.flush();
  }

  /** States a claim, and whether it holds. */
  void claim(boolean holds, String format, Object... arguments) {
    String claim = String.format(Locale.ROOT, format, arguments);
    say("%s %s", holds ? "[ok]  " : "[FAIL]", claim);
    if (!holds) {
      failures.add(claim);
    }
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Says how it went; returns the exit code for that. */
  int end() {
    load();
    say(failures.isEmpty() ? "passed" : "failed");
    return failures.isEmpty() ? 0 : 1;
  }

  /** Says what all this was measured on. */
  void machine() {
    say(
        "%d cores, %s, %.1f GB, %s %s",
        Runtime.getRuntime().availableProcessors(),
        line("/proc/cpuinfo", "model name"),
        Double.parseDouble(line("/proc/meminfo", "MemTotal").replaceAll("[^0-9]", "")) / 1e6,
        System.getProperty("os.name"),
        System.getProperty("os.version"));
    load();
  }

  /** Says how busy the machine is, with this and everything else. */
  void load() {
    say(
        "load average of the last minute: %.1f",
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }

  /** What stands behind the first such key and a colon; 0 where there is no such line. */
  static String line(String file, String key) {
    try (var lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("0");
    } catch (IOException e) {
      return "0";
    }
  }
}
