// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * A node in a process of its own, started by {@code deploy/anteroom run} as an operator starts it.
 * It ends with this process, whatever becomes of it.
 */
final class NodeProcess implements AutoCloseable {
  /** The launcher may have to build it first. */
  private static final Duration START = Duration.ofMinutes(5);

  /** A drain of 6 s by default, and the cluster to leave. */
  private static final Duration END = Duration.ofSeconds(30);

  /** Of its output so many are kept, and all are counted. */
  private static final int MAX_LINES = 10_000;

  private final Path directory;
  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AtomicLong outputBytes = new AtomicLong();
  private final Thread reader;

  private NodeProcess(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
    reader = new Thread(this::read, "output-of-" + process.pid());
    reader.setDaemon(true);
    reader.start();
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "end-of-" + process.pid()));
  }

  /**
   * Starts a node and waits until it is in its cluster.
   *
   * @param configuration lies in a directory of its own, where relative paths in it begin
   * @param javaOptions for its JVM; those in {@code JAVA_OPTS} come behind them
   */
  static NodeProcess start(String configuration, String javaOptions) {
    return start(configuration, javaOptions, "hard");
  }

  /**
   * Starts a node that may have so many files and sockets open.
   *
   * @param openFiles as {@code ulimit -n} has it; more than this process may have changes nothing
   */
  static NodeProcess start(String configuration, String javaOptions, String openFiles) {
    try {
      Path directory = Files.createTempDirectory("anteroom-loadtest-");
      Path file = Files.writeString(directory.resolve("node.conf"), configuration);
      ProcessBuilder builder =
          new ProcessBuilder(
                  "bash",
                  "-c",
                  "ulimit -n " + openFiles + " 2>/dev/null; exec \"$@\"",
                  "bash",
                  launcher().toString(),
                  "run",
                  "--config",
                  file.toString(),
                  "--end-with-stdin")
              .redirectErrorStream(true);
      builder.environment().merge("JAVA_OPTS", javaOptions, (given, own) -> own + " " + given);
      NodeProcess node = new NodeProcess(directory, builder.start());
      node.awaitReady();
      return node;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Upwards from where this runs: the module's directory, or that of the project. */
  private static Path launcher() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path launcher = at.resolve("deploy/anteroom");
      if (Files.isExecutable(launcher)) {
        return launcher;
      }
    }
    throw new IllegalStateException("no deploy/anteroom above " + Path.of("").toAbsolutePath());
  }

  private void read() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      output.lines().forEach(this::take);
    } catch (IOException | UncheckedIOException e) {
      lines.add("(closed: " + e.getMessage() + ")");
    }
  }

  private void take(String line) {
    outputBytes.addAndGet(line.length() + 1);
    if (lines.size() < MAX_LINES) {
      lines.add(line);
    }
  }

  private void awaitReady() {
    Wait.until(() -> isReady() || !reader.isAlive(), START);
    if (!isReady()) {
      close();
      throw new IllegalStateException("the node did not start: " + String.join("\n", lines));
    }
  }

  private boolean isReady() {
    // Maven leaves codes for colours in front of it when the launcher had to build the node.
    return lines.stream().anyMatch(line -> line.contains("ready: "));
  }

  /** The most memory that the process has had, heap or not, in bytes; 0 where none can tell. */
  long peakBytes() {
    return bytes("VmHWM");
  }

  /** The memory that the process has now, heap or not, in bytes; 0 where none can tell. */
  long residentBytes() {
    return bytes("VmRSS");
  }

  private long bytes(String name) {
    String line = Report.line("/proc/" + process.pid() + "/status", name);
    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
  }

  /** How many files and sockets it has open; 0 where none can tell, as when it has ended. */
  int openFiles() {
    String[] files = Path.of("/proc", Long.toString(process.pid()), "fd").toFile().list();
    return files == null ? 0 : files.length;
  }

  /** How much it has written to its log so far, in characters. */
  long outputBytes() {
    return outputBytes.get();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Its warnings and errors so far. */
  List<String> complaints() {
    return lines.stream()
        .filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
        .toList();
  }

  Jcmd jcmd() {
    return new Jcmd(process.toHandle());
  }

  /** Asks it to end (SIGTERM), and returns at once. */
  void terminate() {
    process.destroy();
  }

  /** Ends it without giving it a say (SIGKILL). */
  void kill() {
    process.destroyForcibly();
  }

  /** Waits for its end; the exit code, or -1 if it goes on. */
  int exitCode() {
    try {
      return process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  /** Kills it if it still runs. Idempotent; happens by itself when this process is interrupted. */
  @Override
  public synchronized void close() {
    process.destroyForcibly();
    exitCode();
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
