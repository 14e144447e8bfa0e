// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.zone.LocalData;
import io.anteroom.node.zone.WrongFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "check",
    description = {
      "Reads a configuration file and reports all errors in it. With --dnsdist, warnings name what",
      "the file asks for and does not get."
    })
final class CheckCommand implements Callable<Integer> {
  private final Console console;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Source source = new Source();

  /** What to read. */
  private static final class Source {
    @Option(
        names = "--config",
        paramLabel = "FILE",
        required = true,
        description = "The configuration file.")
    private @Nullable Path config;

    @Option(
        names = "--dnsdist",
        paramLabel = "FILE",
        required = true,
        description = "A configuration of dnsdist, in Lua. It is run, but opens no sockets.")
    private @Nullable Path dnsdist;

    NodeConfiguration read() throws InvalidConfiguration {
      return config != null
          ? NodeConfiguration.load(config)
          : NodeConfiguration.dnsdist(file(), List.of());
    }

    Path file() {
      return Objects.requireNonNull(config != null ? config : dnsdist);
    }
  }

  CheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try {
      NodeConfiguration configuration = source.read();
      configuration.live().policies().extension().close();
      LocalData.load(configuration.settings(), new Counters<>(Counter.class));
      configuration.warnings().forEach(warning -> console.print("warning: " + warning));
      if (!configuration.fixedKeys().isEmpty() && source.config != null) {
        console.print("fixed until a restart: " + String.join(", ", configuration.fixedKeys()));
      }
    } catch (InvalidConfiguration e) {
      return console.complain(e.messages());
    } catch (IOException e) {
      return console.complain(WrongFiles.linesOf(e));
    }
    console.print(source.file() + ": ok");
    return 0;
  }
}
