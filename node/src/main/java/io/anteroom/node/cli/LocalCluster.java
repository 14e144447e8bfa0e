// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Several nodes and a filter as separate processes on loopback. When a child ends, this is reported
 * and the others go on, unless it ends before all are ready or is the last node; then all are
 * stopped. Children are stopped with {@code stop}, and killed if that has no effect.
 *
 * <p>Lines and ends of children arrive on other threads; all state is guarded by this.
 */
final class LocalCluster implements Running {
  private static final String FILTER = "filter";

  /** Slightly longer than an orderly stop of a node takes at most. */
  private static final int KILL_AFTER_SECONDS = 12;

  /** The maximum time of its end. */
  static final Duration PATIENCE = Duration.ofSeconds(KILL_AFTER_SECONDS + 3);

  private final Children processes;
  private final LocalClusterFiles files;
  private final Console console;
  private final Map<String, Children.Child> alive = new LinkedHashMap<>();
  private final Set<String> starting = new HashSet<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Void> terminated = new CompletableFuture<>();
  private boolean stopping;

  LocalCluster(Children processes, LocalClusterFiles files, Console console) {
    this.processes = processes;
    this.files = files;
    this.console = console;
  }

  /**
   * Starts the children.
   *
   * @throws IOException if a child can't be started; those that were started are stopped
   */
  synchronized void start() throws IOException {
    try {
      for (int i = 0; i < files.nodes(); i++) {
        start("node-" + (i + 1), List.of("run", "--config", files.configuration(i).toString()));
      }
      String list = files.list().toString();
      start(FILTER, List.of("filter", "--list", list, "--join", files.seed()));
    } catch (IOException e) {
      stop();
      throw e;
    }
  }

  /** Lines that show which children are up, and commands to try. */
  synchronized List<String> overview() {
    List<String> lines = new ArrayList<>();
    alive.forEach((name, child) -> lines.add("  %-7s pid %d".formatted(name, child.pid())));
    lines.add("Try");
    for (int i = 0; i < files.nodes(); i++) {
      int port = files.port() + i;
      lines.add("  dig @127.0.0.1 -p " + port + " blocked.anteroom.test   # refused by the filter");
    }
    lines.add("  dig @127.0.0.1 -p " + files.port() + " www.anteroom.test       # let pass by it");
    lines.add("  anteroom ctl filters --admin 127.0.0.1:" + files.adminPort());
    lines.add("Kill one of them and ask again. Ctrl-C ends all.");
    return lines;
  }

  @Override
  public CompletionStage<Void> whenReady() {
    return ready;
  }

  @Override
  public CompletionStage<Void> whenTerminated() {
    return terminated;
  }

  @Override
  public synchronized CompletionStage<Void> stop() {
    if (!stopping) {
      stopping = true;
      List.copyOf(alive.values()).forEach(Children.Child::stop);
      CompletableFuture.delayedExecutor(KILL_AFTER_SECONDS, TimeUnit.SECONDS).execute(this::kill);
      finishIfEmpty();
    }
    return terminated;
  }

  private void start(String name, List<String> arguments) throws IOException {
    Children.Child child = processes.start(arguments, line -> onLine(name, line));
    alive.put(name, child);
    starting.add(name);
    child.whenEnded().thenAccept(code -> onEnded(name, code));
  }

  private synchronized void onLine(String name, String line) {
    console.print("%-7s| %s".formatted(name, line));
    if (line.startsWith(Console.READY)) {
      starting.remove(name);
      if (starting.isEmpty() && !stopping) {
        ready.complete(null);
      }
    }
  }

  private synchronized void onEnded(String name, int code) {
    alive.remove(name);
    if (!stopping) {
      boolean early = !ready.isDone();
      boolean noNode = alive.isEmpty() || (alive.size() == 1 && alive.containsKey(FILTER));
      String then = early || noNode ? "; so all end" : "; the others go on";
      console.complain(name + " has ended with exit code " + code + then);
      if (early || noNode) {
        stop();
      }
    }
    finishIfEmpty();
  }

  private void finishIfEmpty() {
    if (stopping && alive.isEmpty()) {
      terminated.complete(null);
    }
  }

  private synchronized void kill() {
    List.copyOf(alive.values()).forEach(Children.Child::kill);
  }
}
