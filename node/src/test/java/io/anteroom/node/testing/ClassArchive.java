// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes of a running node in the form that the JVM has them in memory (AppCDS). Most of what
 * a process of a few seconds does is to load classes; with the archive it takes half of the time.
 *
 * <p>The first process that finds none makes it, from a node that starts and stops. Others go on
 * without until it is there. Its name tells of which class path and JVM it is, so it is never one
 * of an earlier build.
 */
final class ClassArchive {
  private static final Path DIRECTORY = Path.of("target", "class-archive").toAbsolutePath();
  private static final String NODE_JAR = "anteroom-node.jar";
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:0" } ]
        upstreams.default { servers = ["127.0.0.1:1"] }
        admin.address = "127.0.0.1:0"
        admin.token-file = "token"
        cluster.port = 0
      }
      """;

  private static volatile boolean unavailable;

  private ClassArchive() {}

  /**
   * The class path of this JVM, with its jars before its directories: an archive holds the classes
   * of jars only, and only of a class path that begins with them.
   */
  static String classPath() {
    return Stream.concat(
            entries().stream().filter(entry -> !Files.isDirectory(entry)),
            entries().stream().filter(Files::isDirectory))
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static List<Path> entries() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !entry.isEmpty())
        .map(Path::of)
        .toList();
  }

  private static List<Path> jars() {
    return entries().stream().filter(entry -> !Files.isDirectory(entry)).toList();
  }

  /**
   * Options for a process on {@link #classPath()} and with these options; none if the classes of
   * the node are in no jar, while another process makes the archive, or where the JVM can't make
   * one.
   */
  static List<String> options(List<String> java) {
    List<Path> jars = jars();
    if (unavailable || jars.stream().noneMatch(jar -> jar.endsWith(NODE_JAR))) {
      return List.of();
    }
    try {
      Path archive = DIRECTORY.resolve(Integer.toHexString(key(jars).hashCode()) + ".jsa");
      if (!Files.exists(archive)) {
        make(archive, java, jars);
      }
      return Files.exists(archive) ? List.of("-XX:SharedArchiveFile=" + archive) : List.of();
    } catch (IOException | AssertionError e) {
      unavailable = true;
      System.err.println("tests do without an archive of classes: " + e);
      return List.of();
    }
  }

  private static String key(List<Path> jars) throws IOException {
    StringBuilder key = new StringBuilder(System.getProperty("java.vm.version"));
    for (Path jar : jars) {
      key.append(jar).append(Files.size(jar)).append(Files.getLastModifiedTime(jar));
    }
    return key.toString();
  }

  private static void make(Path archive, List<String> java, List<Path> jars) throws IOException {
    Files.createDirectories(DIRECTORY);
    Path locked = DIRECTORY.resolve("lock");
    try (FileChannel channel =
            FileChannel.open(locked, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock != null && !Files.exists(archive)) {
        removeOld();
        Path made = DIRECTORY.resolve("new");
        runNode(made, java, jars);
        Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (OverlappingFileLockException e) {
      // Another thread of this JVM makes it.
    }
  }

  private static void removeOld() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".jsa")).toList()) {
        Files.delete(file);
      }
    }
  }

  private static void runNode(Path made, List<String> java, List<Path> jars) throws IOException {
    Path file = DIRECTORY.resolve("node.conf");
    Files.writeString(file, CONFIGURATION);
    List<String> command = new ArrayList<>(java);
    String path = jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    // It tells of classes that it leaves out.
    command.addAll(List.of("-XX:ArchiveClassesAtExit=" + made, "-Xlog:cds=off,cds+dynamic=off"));
    command.addAll(List.of("-cp", path, Program.MAIN, "run", "--config", file.toString()));
    try (Program node = Program.start(List.of(), command)) {
      node.awaitLine("Ctrl-C ends it");
      node.signal("TERM");
      int code = node.exitCode();
      if (code != 0 || !Files.exists(made)) {
        throw new IOException("no class archive: exit code " + code + ", " + node.lines());
      }
    }
  }
}
