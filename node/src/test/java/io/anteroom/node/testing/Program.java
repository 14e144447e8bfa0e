// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A java process of its own on the class path of the test, and what it prints. It is killed when it
 * is closed, with all that it has started.
 */
public final class Program implements AutoCloseable {
  public static final String MAIN = "io.anteroom.node.cli.Main";
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final List<Program> OPEN = new CopyOnWriteArrayList<>();

  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  private Program(Process process) {
    this.process = process;
    reader = new Thread(this::read, "output-of-" + process.pid());
    reader.setDaemon(true);
    reader.start();
    OPEN.add(this);
  }

  /** Those that have not been closed, in the order in which they were started. */
  static List<Program> open() {
    return List.copyOf(OPEN);
  }

  /** Starts the command line of Anteroom. */
  public static Program anteroom(String... arguments) {
    return java(MAIN, arguments);
  }

  /** Starts the command line of Anteroom with these system properties. */
  public static Program anteroom(Map<String, String> properties, String... arguments) {
    return java(MAIN, properties, arguments);
  }

  /** Starts a main class. */
  public static Program java(String mainClass, String... arguments) {
    return java(mainClass, Map.of(), arguments);
  }

  /** Starts a main class by way of another program, whose last arguments are the command. */
  public static Program java(List<String> by, Class<?> mainClass, String... arguments) {
    return start(by, command(mainClass.getName(), Map.of(), arguments));
  }

  private static Program java(
      String mainClass, Map<String, String> properties, String... arguments) {
    return start(List.of(), command(mainClass, properties, arguments));
  }

  private static List<String> command(
      String mainClass, Map<String, String> properties, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // They live for seconds, several at once.
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(ClassArchive.options(command));
    properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.addAll(List.of("-cp", ClassArchive.classPath(), mainClass));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Starts any command by way of another program, whose last arguments are the command. */
  public static Program start(List<String> by, List<String> command) {
    List<String> whole = new ArrayList<>(by);
    whole.addAll(command);
    try {
      ProcessBuilder builder = new ProcessBuilder(whole).redirectErrorStream(true);
      // What it keeps for its user goes where other products of the build are.
      builder
          .environment()
          .put("XDG_STATE_HOME", Path.of("target", "state").toAbsolutePath().toString());
      return new Program(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      output.lines().forEach(lines::add);
    } catch (IOException | UncheckedIOException e) {
      lines.add("(closed: " + e.getMessage() + ")");
    }
  }

  /** What it has printed so far, standard error among it. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** Waits for a line with this text. */
  public Program awaitLine(String text) {
    await(text).atMost(PATIENCE).until(() -> !reader.isAlive() || hasLine(text));
    if (!hasLine(text)) {
      throw new AssertionError("ended without " + text + ": " + lines);
    }
    return this;
  }

  /** Whether it has printed a line with this text so far. */
  public boolean hasLine(String text) {
    return lines.stream().anyMatch(line -> line.contains(text));
  }

  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** Sends it a signal, such as INT. */
  public void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends it without giving it a say; returns when it is gone. */
  public void kill() {
    process.destroyForcibly();
    exitCode(PATIENCE);
  }

  /** Waits for it to end by itself. */
  public int exitCode() {
    return exitCode(PATIENCE);
  }

  /** Waits for it to end by itself in this time. */
  public int exitCode(Duration atMost) {
    try {
      if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("has not ended after " + atMost + ": " + lines);
      }
      reader.join(PATIENCE.toMillis());
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  @Override
  public void close() {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    OPEN.remove(this);
    exitCode(PATIENCE);
  }
}
