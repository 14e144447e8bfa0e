// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Survival;
import io.anteroom.node.zone.FileWatch;
import io.anteroom.node.zone.WrongFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The list files of a configuration, by name. They are read together with the configuration and,
 * after {@link #watch}, by a separate thread whenever they have changed. One thread at a time may
 * read the configuration.
 */
final class Lists {
  /** How often files are checked; a changed file is read when two checks find it the same. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(Lists.class);

  private final Path directory;
  private final Map<String, ListFile> lists = new LinkedHashMap<>();
  private final Map<Path, String> failing = new LinkedHashMap<>();
  private @Nullable Counters<Counter> counters;
  private @Nullable FileWatch watcher;

  private Lists(Path directory) {
    this.directory = directory;
  }

  /** Reads the block {@code lists} of {@code anteroom}, and the files. */
  static Lists read(SettingsReader anteroom, Path directory) {
    Lists lists = new Lists(directory);
    anteroom.namedBlocks("lists").forEach(lists::readOne);
    return lists;
  }

  private void readOne(String name, SettingsReader block) {
    block.require("file");
    ListFile list = new ListFile(ListSettings.read(block, directory));
    lists.put(name, list);
    if (!block.has("file")) {
      return;
    }
    try {
      list.load().remarks().forEach(remark -> block.warn("file", remark));
    } catch (IOException e) {
      WrongFiles.linesOf(e).forEach(line -> block.error("file", line));
    }
  }

  private Path path(String file) {
    return directory.toAbsolutePath().resolve(file).normalize();
  }

  /**
   * The list of this name, or otherwise the list in this file.
   *
   * @throws IllegalArgumentException if there is no such list or file, or it can't be read
   */
  synchronized ListFile get(String name) {
    ListFile known = lists.get(name);
    if (known != null) {
      return known;
    }
    if (!isFile(name)) {
      throw new IllegalArgumentException(
          "list " + SettingsReader.unknown(name, new TreeSet<>(lists.keySet())));
    }
    ListFile list = new ListFile(ListSettings.of(path(name), directory));
    try {
      // Skipped lines are counted; they can't be reported here.
      list.load();
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    lists.put(name, list);
    watchIfAny();
    return list;
  }

  /**
   * Like {@link #get}, for a rule from the admin interface. It reads only files below the directory
   * of the configuration, and errors do not show the content of a file.
   *
   * @throws IllegalArgumentException if there is no such list, or it must not or can't be read
   */
  synchronized ListFile ofOperator(String name) {
    if (!lists.containsKey(name) && isFile(name) && !isBelow(name)) {
      throw new IllegalArgumentException(
          "a rule that is not of the configuration may name no file outside of "
              + directory.toAbsolutePath().normalize());
    }
    try {
      return get(name);
    } catch (IllegalArgumentException e) {
      if (!(e.getCause() instanceof IOException)) {
        throw e;
      }
      LOG.warn("a rule names a list that can't be read: {}", e.getMessage());
      throw new IllegalArgumentException(
          "the list " + path(name) + " can't be read; the log of the node says why", e);
    }
  }

  private static boolean isFile(String name) {
    return name.contains(".") || name.contains("/");
  }

  /** Whether the file is below the directory, with all symbolic links resolved. */
  private boolean isBelow(String file) {
    Path top = directory.toAbsolutePath().normalize();
    if (!path(file).startsWith(top)) {
      return false;
    }
    try {
      return !Files.exists(path(file)) || path(file).toRealPath().startsWith(top.toRealPath());
    } catch (IOException e) {
      return false;
    }
  }

  /** Starts reading files again when they change, including files that rules name later. */
  synchronized void watch(Counters<Counter> by) {
    counters = by;
    lists.values().forEach(list -> by.add(Counter.LIST_LINES_LEFT_OUT, list.wrongLines()));
    watchIfAny();
  }

  private void watchIfAny() {
    Counters<Counter> by = counters;
    if (by == null || watcher != null || lists.isEmpty()) {
      return;
    }
    watcher =
        FileWatch.start(
            "anteroom-lists",
            LOOK,
            () -> look(by),
            bug -> {
              by.increment(Counter.BUGS);
              LOG.error("lists can't be looked at", bug);
            });
  }

  synchronized void close() {
    counters = null;
    if (watcher != null) {
      watcher.close();
    }
  }

  private void look(Counters<Counter> by) {
    Map<String, ListFile> all;
    synchronized (this) {
      all = Map.copyOf(lists);
    }
    all.values().forEach(list -> look(list, by));
  }

  private void look(ListFile list, Counters<Counter> by) {
    try {
      if (list.hasChanged()) {
        ListReader.Content read = list.load();
        by.increment(Counter.LISTS_READ);
        LOG.info("{}: read again, {} names", list.path(), read.names().size());
        by.add(Counter.LIST_LINES_LEFT_OUT, read.wrongLines());
        read.remarks().forEach(LOG::warn);
        failing.remove(list.path());
      }
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage());
      if (!reason.equals(failing.put(list.path(), reason))) {
        by.increment(Counter.LISTS_FAILED);
        LOG.error("{}; the names that were there stay", reason);
      }
    } catch (Throwable e) {
      // A bug in reading one list must not affect the others.
      Survival.endIfOutOfMemory(e);
      by.increment(Counter.BUGS);
      LOG.error("{} can't be read again", list.path(), e);
    }
  }
}
