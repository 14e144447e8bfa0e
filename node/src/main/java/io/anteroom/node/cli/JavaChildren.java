// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Children with the same java, options and class path. Each reads its standard input, which is a
 * pipe from this process. When this process has gone, even after {@code kill -9}, the pipe ends,
 * and so does the child.
 */
final class JavaChildren implements Children {
  @Override
  public Child start(List<String> arguments, Consumer<String> lines) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-agentlib") && !option.startsWith("-javaagent"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(arguments);
    command.add(ParentBound.OPTION);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new JavaChild(process, relay(process, lines));
  }

  private static CompletableFuture<Void> relay(Process process, Consumer<String> lines) {
    CompletableFuture<Void> relayed = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try (BufferedReader output = process.inputReader(Charset.defaultCharset())) {
                output.lines().forEach(lines);
              } catch (IOException | UncheckedIOException e) {
                lines.accept("(its output can't be read: " + e.getMessage() + ")");
              } finally {
                relayed.complete(null);
              }
            },
            "output-of-" + process.pid());
    thread.setDaemon(true);
    thread.start();
    return relayed;
  }

  private record JavaChild(Process process, CompletableFuture<Void> relayed) implements Child {
    @Override
    public long pid() {
      return process.pid();
    }

    @Override
    public CompletionStage<Integer> whenEnded() {
      return process.onExit().thenCombine(relayed, (ended, done) -> ended.exitValue());
    }

    /** Uses the handle, because Process.destroy closes the streams, and output would be lost. */
    @Override
    public void stop() {
      process.toHandle().destroy();
    }

    @Override
    public void kill() {
      process.toHandle().destroyForcibly();
    }
  }
}
