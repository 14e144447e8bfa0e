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
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "check", description = "Reads a configuration file and reports all errors in it.")
final class CheckCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "The configuration file.")
  private Path config = Path.of("");

  CheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try {
      NodeConfiguration configuration = NodeConfiguration.load(config);
      LocalData.load(configuration.settings(), new Counters<>(Counter.class));
      configuration.warnings().forEach(warning -> console.print("warning: " + warning));
      if (!configuration.fixedKeys().isEmpty()) {
        console.print("fixed until a restart: " + String.join(", ", configuration.fixedKeys()));
      }
    } catch (InvalidConfiguration e) {
      return console.complain(e.messages());
    } catch (IOException e) {
      return console.complain(WrongFiles.linesOf(e));
    }
    console.print(config + ": ok");
    return 0;
  }
}
