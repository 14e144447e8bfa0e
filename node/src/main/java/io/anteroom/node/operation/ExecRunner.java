// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.config.ExecSettings;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.ResultCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program. The arguments are {@code arguments}, a list of text or numbers that is appended
 * to the configured command, and {@code stdin}, what the program reads. There is no shell, so
 * nothing in an argument has a meaning of its own. The outputs are {@code status}, the exit code,
 * and {@code stdout} and {@code stderr}: text if it is UTF-8, else bytes.
 *
 * <p>The program gets {@code PATH}, {@code LANG} and a mark (see {@link ProcessTree}) in its
 * environment, and runs in the directory of the node's data. At the timeout it and all that it has
 * started get SIGTERM, and {@value #GRACE_MILLIS} ms later SIGKILL. What it leaves behind when it
 * ends by itself is killed as well, because otherwise the number of processes would have no bound.
 *
 * <p>Each process has a thread, which waits for its end and looks at the size of its output every
 * {@value #POLL_MILLIS} ms.
 */
public final class ExecRunner extends BoundedRunner {
  private static final int GRACE_MILLIS = 200;
  private static final int POLL_MILLIS = 5;

  /** Exit codes with which setsid says that it could not run the program. */
  private static final int CANT_RUN = 126;

  private static final int NOT_FOUND = 127;

  private final ExecSettings settings;
  private final Path directory;
  private final ThreadPoolExecutor threads;

  /**
   * Makes one that has started nothing yet.
   *
   * @param name of the service, for the names of threads
   * @param directory the working directory of the program; made if it does not exist
   */
  public ExecRunner(String name, ExecSettings settings, Path directory) {
    super(name, settings.processes());
    this.settings = settings;
    this.directory = directory;
    threads = threads("exec", settings.processes());
  }

  @Override
  Task prepare(Operation operation) {
    Arguments arguments = new Arguments(operation, "arguments", "stdin");
    List<String> appended = new ArrayList<>();
    for (Object each : arguments.list("arguments")) {
      if (!(each instanceof String || each instanceof Number)) {
        throw new IllegalArgumentException("arguments must be text or numbers");
      } else if (each.toString().indexOf('\0') >= 0) {
        throw new IllegalArgumentException("an argument of a program can't have a NUL character");
      }
      appended.add(each.toString());
    }
    return new Run(appended, arguments.optionalText("stdin"));
  }

  @Override
  void release() {
    threads.shutdownNow();
  }

  /** The program's file; null if there is none. */
  private @Nullable Path program() {
    String name = settings.command().get(0);
    if (name.indexOf('/') >= 0) {
      Path file = Path.of(name);
      return isProgram(file) ? file : null;
    }
    for (String each :
        Objects.requireNonNull(ProcessTree.environment().get("PATH")).split(":", -1)) {
      Path file = Path.of(each, name);
      if (isProgram(file)) {
        return file;
      }
    }
    return null;
  }

  private static boolean isProgram(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }

  /** One run of the program. */
  private final class Run extends Task {
    private final List<String> appended;
    private final @Nullable String stdin;

    private Run(List<String> appended, @Nullable String stdin) {
      this.appended = appended;
      this.stdin = stdin;
    }

    @Override
    void begin() {
      threads.execute(this::run);
    }

    /** Its thread looks for that. */
    @Override
    void interrupt() {}

    private void run() {
      try {
        Path program = program();
        if (program == null) {
          fail(ResultCode.REFUSED, "no program that may be run: " + settings.command().get(0));
        } else if (isStopped()) {
          fail(ResultCode.CANCELLED, "");
        } else {
          run(program);
        }
      } catch (IOException e) {
        fail(ResultCode.REFUSED, String.valueOf(e.getMessage()));
      } catch (TooLarge e) {
        fail(ResultCode.REJECTED, "the output has " + e.getMessage());
      } catch (InterruptedException e) {
        fail(ResultCode.CANCELLED, "the node stops");
      } catch (RuntimeException | Error e) {
        unexpected(e);
      }
    }

    private void run(Path program) throws IOException, TooLarge, InterruptedException {
      try (OutputFile stdout = new OutputFile();
          OutputFile stderr = new OutputFile()) {
        ProcessTree tree = start(program, stdout, stderr);
        try {
          follow(tree, stdout, stderr);
        } finally {
          tree.kill();
        }
        if (isStopped()) {
          fail(ResultCode.CANCELLED, "");
        } else {
          end(tree.first(), stdout.read(settings.maxOutput()), stderr.read(settings.maxOutput()));
        }
      }
    }

    private ProcessTree start(Path program, OutputFile stdout, OutputFile stderr)
        throws IOException {
      List<String> command = new ArrayList<>(settings.command());
      command.set(0, program.toString());
      command.addAll(appended);
      Files.createDirectories(directory);
      ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
      builder.environment().clear();
      builder.environment().putAll(ProcessTree.environment());
      builder.redirectOutput(stdout.redirect()).redirectError(stderr.redirect());
      // Not a pipe either: writing to a program that does not read would block.
      Path input = stdin == null ? null : Files.createTempFile("anteroom-exec", "");
      try {
        if (input != null) {
          Files.writeString(input, stdin, StandardCharsets.UTF_8);
        }
        builder.redirectInput(input == null ? Path.of("/dev/null").toFile() : input.toFile());
        return ProcessTree.start(builder);
      } finally {
        if (input != null) {
          Files.deleteIfExists(input);
        }
        stdout.unlink();
        stderr.unlink();
      }
    }

    /** Returns when the program has ended by itself, or has had its time to end. */
    private void follow(ProcessTree tree, OutputFile stdout, OutputFile stderr)
        throws IOException, TooLarge, InterruptedException {
      while (!tree.first().waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        stdout.check(settings.maxOutput());
        stderr.check(settings.maxOutput());
        if (isStopped()) {
          tree.terminate();
          long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GRACE_MILLIS);
          while (tree.isAlive() && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
          }
          return;
        }
      }
    }

    private void end(Process ended, byte[] stdout, byte[] stderr) {
      int status = ended.exitValue();
      Object said = Text.orBytes(stderr);
      boolean notRun =
          (status == CANT_RUN || status == NOT_FOUND) && said.toString().startsWith("setsid: ");
      if (notRun) {
        fail(ResultCode.REFUSED, said.toString().strip());
        return;
      }
      Map<String, @Nullable Object> outputs = new HashMap<>();
      outputs.put("status", status);
      outputs.put("stdout", Text.orBytes(stdout));
      outputs.put("stderr", said);
      succeed(outputs);
    }
  }
}
