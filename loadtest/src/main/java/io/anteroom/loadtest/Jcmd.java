// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks the JVM of a process, with the jcmd of the JDK that the process runs on. */
final class Jcmd {
  private static final Pattern TOTAL = Pattern.compile("^Total +(\\d+) +(\\d+)", Pattern.MULTILINE);

  /** What newer JDKs fill gaps with that a collection leaves, rather than to move all behind it. */
  private static final Pattern FILLER =
      Pattern.compile(
          "^ *\\d+: +\\d+ +(\\d+) +\\[?L?jdk\\.internal\\.vm\\.Filler.*", Pattern.MULTILINE);

  private static final Pattern USED = Pattern.compile("used (\\d+)K");

  private final String program;
  private final long pid;

  Jcmd(ProcessHandle process) {
    String java = process.info().command().orElse("java");
    program = Path.of(java).resolveSibling("jcmd").toString();
    pid = process.pid();
  }

  /**
   * What is alive, after a full collection.
   *
   * @param bytes of all objects that can be reached
   * @param top the kinds of object that take most, one a line: rank, number, bytes, class
   */
  record Live(long bytes, List<String> top) {}

  Live live() {
    String histogram = run("GC.class_histogram");
    Matcher total = TOTAL.matcher(histogram);
    if (!total.find()) {
      throw new IllegalStateException("no histogram of " + pid + ": " + histogram);
    }
    long filler =
        FILLER.matcher(histogram).results().mapToLong(m -> Long.parseLong(m.group(1))).sum();
    return new Live(
        Long.parseLong(total.group(2)) - filler,
        histogram
            .lines()
            .filter(line -> line.matches(" +\\d+:.*"))
            .map(line -> line.replaceAll(" \\([^)]*\\)$", ""))
            .limit(45)
            .toList());
  }

  /** How much of the heap is in use now, garbage included; in bytes. */
  long used() {
    // ParallelGC tells of its two generations, and then of the metaspace.
    String heap = run("GC.heap_info").replaceAll("(?s)Metaspace.*", "");
    long used = 0;
    for (Matcher part = USED.matcher(heap); part.find(); ) {
      used += Long.parseLong(part.group(1)) << 10;
    }
    return used;
  }

  String version() {
    return run("VM.version").lines().skip(1).findFirst().orElse("?");
  }

  private String run(String command) {
    try {
      Process jcmd =
          new ProcessBuilder(program, Long.toString(pid), command)
              .redirectErrorStream(true)
              .start();
      return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
