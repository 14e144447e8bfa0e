// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.net.Survival;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line. Each command is a class in this package. Exit codes: 0 for success, 1 for a
 * failure, 2 for a wrong command line.
 */
@Command(
    name = Console.NAME,
    description = "A DNS resolver cluster where a query can wait.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);
  private static final int WRONG_USE = 2;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    Thread.setDefaultUncaughtExceptionHandler((at, bug) -> Survival.survive(bug));
    ProcessEnd end = ProcessEnd.install();
    Console console = new Console(System.in, System.out, System.err, end.requested());
    end.exit(run(console, new ProcessStarter(), args));
  }

  /** Runs a command; returns the exit code. */
  static int run(Console console, Starter starter, String... args) {
    CommandLine ctl =
        new CommandLine(new CtlCommand(console))
            .addSubcommand(new CtlCommand.Suspended(console))
            .addSubcommand(new CtlUpstreams(console))
            .addSubcommand(new CtlCache(console))
            .addSubcommand(new CtlReload(console))
            .addSubcommand(new CtlTrace(console))
            .addSubcommand(
                new CommandLine(new CtlRules(console)).addSubcommand(new CtlRules.Add(console)))
            .addSubcommand(new CtlBlocks(console));
    return new CommandLine(new Main())
        .addSubcommand(new RunCommand(console, starter))
        .addSubcommand(new CheckCommand(console))
        .addSubcommand(new ImportCommand(console))
        .addSubcommand(new FilterCommand(console, starter))
        .addSubcommand(new ClusterCommand(console, starter))
        .addSubcommand(new ResolveCommand(console))
        .addSubcommand(ctl)
        // As in dig, @server is a server, not a file of arguments.
        .setExpandAtFiles(false)
        .setOut(new PrintWriter(console.out(), true, Charset.defaultCharset()))
        .setErr(new PrintWriter(console.err(), true, Charset.defaultCharset()))
        .setParameterExceptionHandler((wrong, given) -> explain(wrong))
        .setExecutionExceptionHandler(
            (bug, command, parsed) -> {
              LOG.error("a bug in Anteroom", bug);
              return console.complain("has met a bug of its own: " + bug);
            })
        .execute(args);
  }

  /** Called without a command. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  private static int explain(ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(Console.NAME + ": " + wrong.getMessage());
    UnmatchedArgumentException.printSuggestions(wrong, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    err.flush();
    return WRONG_USE;
  }
}
