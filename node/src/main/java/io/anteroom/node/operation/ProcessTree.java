// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A process and all that it starts, directly or not. A process belongs to it if it is in the
 * session of the first one, which has one of its own; or has the mark in its environment, which
 * children inherit; or descends from one that does. So it is found also if its parent has ended, or
 * it has begun a session of its own, as daemons do. A process escapes only if it does all of this
 * and clears its environment as well.
 *
 * <p>The session and the mark are found in {@code /proc}. Without that, descendants are all that is
 * found.
 */
final class ProcessTree {
  private static final String MARK = "ANTEROOM_OPERATION";
  private static final Path PROC = Path.of("/proc");
  private static final String SETSID = "/usr/bin/setsid";

  /** Killing ends after so many rounds: more are no race, but processes that can't be killed. */
  private static final int ROUNDS = 20;

  private static final int KILL_SECONDS = 5;

  private final Process first;
  private final byte[] mark;

  private ProcessTree(Process first, byte[] mark) {
    this.first = first;
    this.mark = mark;
  }

  /** Starts the process of this builder, whose environment gets the mark. */
  static ProcessTree start(ProcessBuilder builder) throws IOException {
    String id = UUID.randomUUID().toString();
    builder.environment().put(MARK, id);
    if (Files.isExecutable(Path.of(SETSID))) {
      // It becomes the program itself, with the same process ID.
      List<String> command = new ArrayList<>(builder.command());
      command.add(0, SETSID);
      builder.command(command);
    }
    byte[] mark = (MARK + "=" + id).getBytes(StandardCharsets.US_ASCII);
    return new ProcessTree(builder.start(), mark);
  }

  Process first() {
    return first;
  }

  /** Asks all to end, with SIGTERM. */
  void terminate() {
    find().forEach(ProcessHandle::destroy);
  }

  /** Whether any is alive. */
  boolean isAlive() {
    return !find().isEmpty();
  }

  /**
   * Kills all, until none is found any more, or can't be killed. Blocks for some milliseconds, more
   * if a kernel takes its time.
   */
  void kill() throws InterruptedException {
    Set<ProcessHandle> found = find();
    if (!found.isEmpty()) {
      // First the group at once, because one that forks all the time would escape a list.
      killGroup();
    }
    for (int round = 0; !found.isEmpty() && round < ROUNDS; round++) {
      found.forEach(ProcessHandle::destroyForcibly);
      TimeUnit.MILLISECONDS.sleep(round);
      found = find();
    }
  }

  /** Java can't signal a group. */
  private void killGroup() throws InterruptedException {
    String command = "kill -s KILL -- -" + first.pid();
    try {
      Process kill =
          new ProcessBuilder("/bin/sh", "-c", command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!kill.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
        kill.destroyForcibly();
      }
    } catch (IOException e) {
      // They are killed one by one.
    }
  }

  /** Those that are alive; a zombie is not. */
  private Set<ProcessHandle> find() {
    Set<ProcessHandle> found = new LinkedHashSet<>();
    if (first.isAlive()) {
      found.add(first.toHandle());
    }
    first.descendants().forEach(found::add);
    try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path directory : all) {
        if (isMember(directory)) {
          ProcessHandle.of(Long.parseLong(directory.getFileName().toString()))
              .ifPresent(found::add);
        }
      }
    } catch (IOException e) {
      // There is no such file system here.
    }
    found.removeIf(process -> !process.isAlive());
    return found;
  }

  private boolean isMember(Path directory) {
    try {
      String stat = Files.readString(directory.resolve("stat"), StandardCharsets.ISO_8859_1);
      // After the name, which may have any characters: state, parent, group, session.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 5);
      if (fields[0].equals("Z") || fields[0].equals("X")) {
        return false;
      }
      return fields[3].equals(Long.toString(first.pid()))
          || contains(Files.readAllBytes(directory.resolve("environ")));
    } catch (IOException | IndexOutOfBoundsException e) {
      // It has ended, or belongs to somebody else, whom this process could not kill either.
      return false;
    }
  }

  private boolean contains(byte[] environment) {
    for (int i = 0; i + mark.length <= environment.length; i++) {
      int n = 0;
      while (n < mark.length && environment[i + n] == mark[n]) {
        n++;
      }
      if (n == mark.length) {
        return true;
      }
    }
    return false;
  }

  /** For programs that expect these, and nothing that is a secret of the node. */
  static Map<String, String> environment() {
    return Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "LANG", "C.UTF-8");
  }
}
