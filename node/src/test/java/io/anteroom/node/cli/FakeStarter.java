// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.Node;
import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.blocklist.NameLookup;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.live.ConfigReloader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A starter that runs nothing; the test says when what it started is ready and ends. */
final class FakeStarter implements Starter {
  final FakeRunning running = new FakeRunning();
  final List<FakeChild> started = new ArrayList<>();
  @Nullable String startFailure;
  @Nullable NodeConfiguration configuration;
  @Nullable NameLookup lookup;
  @Nullable String joined;
  int failToStartFrom = Integer.MAX_VALUE;

  @Override
  public RunningNode node(NodeConfiguration given) throws Node.StartException {
    if (startFailure != null) {
      throw new Node.StartException(startFailure);
    }
    configuration = given;
    return running;
  }

  @Override
  public Running filter(int asyncId, String seed, NameLookup given) {
    joined = asyncId + "@" + seed;
    lookup = given;
    return running;
  }

  @Override
  public Children children() {
    return (arguments, lines) -> {
      if (started.size() >= failToStartFrom) {
        throw new java.io.IOException("no more processes");
      }
      FakeChild child = new FakeChild(started.size() + 1, arguments, lines);
      started.add(child);
      return child;
    };
  }

  final class FakeRunning implements RunningNode {
    final CompletableFuture<Void> ready = new CompletableFuture<>();
    final CompletableFuture<Void> terminated = new CompletableFuture<>();
    boolean stopped;
    boolean ignoresStop;

    @Override
    public List<OpenSockets.Bound> listening() {
      return configuration.settings().listeners().stream()
          .map(listener -> new OpenSockets.Bound(listener.transport(), listener.address()))
          .toList();
    }

    @Override
    public CompletionStage<ConfigReloader.Reloaded> reload() {
      return CompletableFuture.completedFuture(new ConfigReloader.Reloaded(List.of(), List.of()));
    }

    @Override
    public CompletionStage<Void> whenReady() {
      return ready;
    }

    @Override
    public CompletionStage<Void> stop() {
      stopped = true;
      if (!ignoresStop) {
        terminated.complete(null);
      }
      return terminated;
    }

    @Override
    public CompletionStage<Void> whenTerminated() {
      return terminated;
    }
  }

  static final class FakeChild implements Children.Child {
    private final int number;
    final List<String> arguments;
    private final Consumer<String> lines;
    final CompletableFuture<Integer> ended = new CompletableFuture<>();

    FakeChild(int number, List<String> arguments, Consumer<String> lines) {
      this.number = number;
      this.arguments = arguments;
      this.lines = lines;
    }

    void prints(String line) {
      lines.accept(line);
    }

    @Override
    public long pid() {
      return 1_000 + number;
    }

    @Override
    public CompletionStage<Integer> whenEnded() {
      return ended;
    }

    @Override
    public void stop() {
      ended.complete(0);
    }

    @Override
    public void kill() {
      ended.complete(137);
    }
  }
}
