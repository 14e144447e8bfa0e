// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.Node;
import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "run",
    description = "Runs a node. Without --config it is a node to try out, on 127.0.0.1:5354.")
final class RunCommand implements Callable<Integer> {
  /** How long a node may take to leave its cluster after it has drained. */
  private static final Duration LEAVING = Duration.ofSeconds(4);

  private final Console console;
  private final Starter starter;

  @Option(names = "--config", paramLabel = "FILE", description = "The configuration file.")
  private @Nullable Path config;

  @Mixin private final ParentBound parentBound = new ParentBound();

  RunCommand(Console console, Starter starter) {
    this.console = console;
    this.starter = starter;
  }

  @Override
  public Integer call() {
    try {
      return run(config == null ? NodeConfiguration.defaults() : NodeConfiguration.load(config));
    } catch (InvalidConfiguration e) {
      return console.complain(e.messages());
    } catch (Node.StartException e) {
      return console.complain(String.valueOf(e.getMessage()));
    }
  }

  /** Reloads the configuration; prints the result, which the log has too. */
  private void reload(Starter.RunningNode node) {
    node.reload()
        .thenAccept(
            reloaded -> {
              if (reloaded.success()) {
                reloaded.warnings().forEach(warning -> console.print("warning: " + warning));
                console.print("loaded again: " + config);
              } else {
                console.complain(reloaded.errors());
                console.complain("not loaded, all is as it was");
              }
            });
  }

  private int run(NodeConfiguration configuration) throws Node.StartException {
    boolean isChild = parentBound.watch(console);
    configuration.warnings().forEach(warning -> console.print("warning: " + warning));
    Starter.RunningNode node = starter.node(configuration);
    HangUp.handle(() -> reload(node));
    Announcement announcement = new Announcement(configuration, node.listening());
    Runnable ready =
        () -> {
          console.print(Console.READY + announcement.where());
          if (!isChild) {
            console.print(announcement.toTry());
            console.print("Ctrl-C ends it.");
          }
        };
    String notYet = "answers on " + announcement.where() + ", but is in no cluster yet";
    Duration patience = configuration.settings().drain().plus(LEAVING);
    return new Foreground(console).hold(node, ready, notYet, patience);
  }
}
