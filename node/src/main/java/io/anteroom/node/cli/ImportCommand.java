// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.dnsdist.DnsdistConfiguration;
import io.anteroom.node.dnsdist.Translation;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "import",
    description = {
      "Writes to standard output a configuration that does what one of dnsdist does, without Lua as",
      "far as possible. Comments say what is different."
    })
final class ImportCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--dnsdist",
      paramLabel = "FILE",
      required = true,
      description = "A configuration of dnsdist, in Lua. It is run, but opens no sockets.")
  private Path dnsdist = Path.of("");

  ImportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try {
      Translation translation = DnsdistConfiguration.translate(dnsdist);
      NodeConfiguration.check(translation);
      console.out().print(translation.text());
      console.out().flush();
      return 0;
    } catch (InvalidConfiguration e) {
      return console.complain(e.messages());
    }
  }
}
