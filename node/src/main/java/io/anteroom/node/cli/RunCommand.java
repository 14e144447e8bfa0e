// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.Node;
import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.ListenerSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "run",
    description =
        "Runs a node. Without --config and --dnsdist it is a node to try out, on 127.0.0.1:5354.",
    footer = {
      "",
      "With --dnsdist, a node opens no other ports than those of the file, except one on loopback",
      "that the system chooses, for other members of a cluster. Its HTTP interface for operators,",
      "which ctl uses, is where the file has webserver() or, without that, controlSocket()."
    })
final class RunCommand implements Callable<Integer> {
  /** How long a node may take to leave its cluster after it has drained. */
  private static final Duration LEAVING = Duration.ofSeconds(4);

  private static final int DNS_PORT = 53;

  private final Console console;
  private final Starter starter;

  @Option(names = "--config", paramLabel = "FILE", description = "The configuration file.")
  private @Nullable Path config;

  @Option(
      names = "--dnsdist",
      paramLabel = "FILE",
      description = "A configuration of dnsdist, in Lua, to run instead.")
  private @Nullable Path dnsdist;

  @Option(
      names = {"-l", "--local"},
      paramLabel = "ADDRESS[:PORT]",
      description =
          "With --dnsdist: where to listen, instead of at the addresses in the file. It may be given"
              + " several times. The default port is 53.")
  private List<String> locals = new ArrayList<>();

  @Option(
      names = "--try-tls",
      description =
          "Listens on 127.0.0.1 for DNS over TLS (8853) and HTTPS (8443) too, with a self-signed"
              + " certificate.")
  private boolean tryTls;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final ParentBound parentBound = new ParentBound();

  RunCommand(Console console, Starter starter) {
    this.console = console;
    this.starter = starter;
  }

  @Override
  public Integer call() {
    try (TryTls extra = tryTls ? TryTls.make(new SecureRandom()) : TryTls.none()) {
      return run(configuration(extra.listeners()));
    } catch (IOException e) {
      return console.complain(String.valueOf(e.getMessage()));
    } catch (InvalidConfiguration e) {
      return console.complain(e.messages());
    } catch (Node.StartException e) {
      return console.complain(String.valueOf(e.getMessage()));
    }
  }

  private NodeConfiguration configuration(List<ListenerSettings> extra)
      throws InvalidConfiguration {
    if (dnsdist == null && !locals.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "-l is for --dnsdist only");
    } else if (dnsdist != null && config != null) {
      throw new ParameterException(spec.commandLine(), "Give --config or --dnsdist, not both");
    } else if (dnsdist != null && tryTls) {
      throw new ParameterException(spec.commandLine(), "--try-tls is not for --dnsdist");
    } else if (dnsdist != null) {
      return NodeConfiguration.dnsdist(dnsdist, locals.stream().map(this::local).toList());
    }
    return config == null
        ? NodeConfiguration.defaults(extra)
        : NodeConfiguration.load(config, extra);
  }

  private InetSocketAddress local(String text) {
    try {
      return Addresses.withPortOr(DNS_PORT, text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "-l " + text + ": " + e.getMessage(), e);
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
