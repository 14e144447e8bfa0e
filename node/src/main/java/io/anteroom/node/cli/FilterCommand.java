// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.Node;
import io.anteroom.node.blocklist.Blocklist;
import io.anteroom.node.blocklist.NameLookup;
import io.anteroom.node.config.Addresses;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "filter", description = "Runs the example filter service as a member of a cluster.")
final class FilterCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Console console;
  private final Starter starter;

  @Option(
      names = "--list",
      paramLabel = "FILE",
      required = true,
      description = "File of names to refuse, one per line; # begins a comment.")
  private Path list = Path.of("");

  @Option(
      names = "--join",
      paramLabel = "HOST:PORT",
      required = true,
      description = "A member of the cluster to join.")
  private String join = "";

  @Option(
      names = "--async-id",
      paramLabel = "N",
      description = "The number of the filter service. Default: ${DEFAULT-VALUE}.")
  private int asyncId = 1;

  @Option(
      names = "--delay",
      paramLabel = "MS",
      description = "Delays each lookup by this time, to see queries wait. Default: 0.")
  private long delayMillis;

  @Mixin private final ParentBound parentBound = new ParentBound();

  FilterCommand(Console console, Starter starter) {
    this.console = console;
    this.starter = starter;
  }

  @Override
  public Integer call() {
    try {
      return run(Blocklist.read(list));
    } catch (NoSuchFileException e) {
      return console.complain(list + ": no such file");
    } catch (IOException e) {
      return console.complain(list + ": can't be read: " + e.getMessage());
    } catch (IllegalArgumentException | Node.StartException e) {
      return console.complain(String.valueOf(e.getMessage()));
    }
  }

  private int run(Blocklist blocklist) throws Node.StartException {
    parentBound.watch(console);
    String seed = Addresses.hostAndPort(join);
    Duration delay = Duration.ofMillis(delayMillis);
    NameLookup lookup = delay.isZero() ? blocklist : blocklist.delayed(delay);
    Running filter = starter.filter(asyncId, seed, lookup);
    String what = "filter " + asyncId + " at " + seed + ", names on its list: " + blocklist.size();
    return new Foreground(console)
        .hold(
            filter,
            () -> console.print(Console.READY + what),
            "nobody lets it in at " + seed + " yet; goes on trying",
            PATIENCE);
  }
}
