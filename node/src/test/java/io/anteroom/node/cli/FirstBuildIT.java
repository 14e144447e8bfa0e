// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first command of a new user: it builds a tree that has only sources, and then runs. */
final class FirstBuildIT {
  private static final Set<String> NOT_SOURCES = Set.of("target", ".git");

  @TempDir private Path tree;

  @Test
  void launcher_inATreeOfSources_buildsItAndRuns() throws Exception {
    copySources(Path.of("..").toRealPath(), tree);
    Path output = tree.resolve("output");

    Process launcher =
        new ProcessBuilder(
                tree.resolve("deploy/anteroom").toString(),
                "check",
                "--config",
                tree.resolve("deploy/examples/node-with-filter.conf").toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();

    boolean ended = launcher.waitFor(10, TimeUnit.MINUTES);
    String text = Files.readString(output, StandardCharsets.UTF_8);
    launcher.descendants().forEach(ProcessHandle::destroyForcibly);
    launcher.destroyForcibly();
    assertThat(ended).as(text).isTrue();
    assertThat(launcher.exitValue()).as(text).isZero();
  }

  private static void copySources(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (NOT_SOURCES.contains(directory.getFileName().toString())) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(to.resolve(from.relativize(directory)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, to.resolve(from.relativize(file)));
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
