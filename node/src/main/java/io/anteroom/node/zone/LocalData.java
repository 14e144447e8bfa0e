// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.LocalSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ZoneSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Query;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that a node answers from its own knowledge: hosts files, zones, and names of special use.
 * Safe for any thread.
 *
 * <p>A query sees one snapshot. The hosts files together, and the zones together, are read whole or
 * not at all; what is wrong is logged once, and what was there before stays. Files are read on a
 * thread of their own, or on that of whoever calls {@link #reload}, never on an event loop.
 */
public final class LocalData implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalData.class);

  private final Counters<Counter> counters;
  private final Duration watch;
  private final LocalPools pools;
  private final Map<String, PoolSettings> ownPools;
  private final Part<HostsTable> hosts;
  private final Part<LocalZones> zones;
  private final @Nullable SpecialNames special;
  private final ServerIdentity identity;
  private volatile LocalSnapshot current;
  private @Nullable FileWatch watcher;

  /** Files that are read together, and what they said last. */
  private static final class Part<T> {
    private final String what;
    private final boolean hasFiles;
    private final FileSet<T> files;
    private @Nullable T content;

    private Part(String what, List<Path> files, FileSet.Loader<T> loader) {
      this.what = what;
      this.hasFiles = !files.isEmpty();
      this.files = new FileSet<>(files, loader);
    }

    /** Reads the files; what is wrong with them is added to the list. */
    private void load(List<String> wrong) {
      try {
        content = files.load();
      } catch (IOException e) {
        wrong.addAll(WrongFiles.linesOf(e));
      }
    }

    private T content() {
      return Objects.requireNonNull(content);
    }
  }

  private LocalData(NodeSettings settings, Counters<Counter> counters) throws IOException {
    LocalSettings local = settings.local();
    List<Path> zoneFiles =
        settings.zones().stream().map(ZoneSettings::file).filter(Objects::nonNull).toList();
    this.counters = counters;
    this.watch = local.watch();
    this.pools = new LocalPools(settings);
    this.hosts =
        new Part<>(
            "hosts files",
            local.hosts(),
            included -> HostsLoader.load(local.hosts(), local.ttlSeconds(), pools::find));
    this.zones =
        new Part<>("zones", zoneFiles, included -> LocalZones.load(settings.zones(), included));
    List<String> wrong = new ArrayList<>();
    hosts.load(wrong);
    zones.load(wrong);
    if (!wrong.isEmpty()) {
      throw new WrongFiles(wrong);
    }
    this.ownPools = pools.start();
    this.identity = new ServerIdentity(local.identity());
    this.special = local.specialNames() ? SpecialNames.except(local.except()) : null;
    this.current = new LocalSnapshot(hosts.content(), zones.content(), special, identity);
  }

  /**
   * Reads all files.
   *
   * @throws IOException if one can't be read or is wrong; it says all lines that are wrong
   */
  public static LocalData load(NodeSettings settings, Counters<Counter> counters)
      throws IOException {
    return new LocalData(settings, counters);
  }

  /** The pools for servers that hosts files name; they stay the same. */
  public Map<String, PoolSettings> pools() {
    return ownPools;
  }

  /** What there is to be said about a query that no rule has answered. */
  public LocalOutcome find(Query query) {
    return current.find(query);
  }

  /** How many names there are, those of special use not counted. */
  public int size() {
    return current.size();
  }

  /** Begins to look for changes, as often as the settings say. To be called once at most. */
  public synchronized void startWatching() {
    if (watch.isZero() || !(hosts.hasFiles || zones.hasFiles)) {
      return;
    }
    watcher =
        FileWatch.start(
            "anteroom-local-data",
            watch,
            () -> readAgain(false),
            bug -> {
              counters.increment(Counter.LOCAL_RELOADS_FAILED);
              LOG.error("Local data could not be read; what was there before stays", bug);
            });
  }

  /**
   * Reads all files again, changed or not. Takes seconds for a million names; not for an event
   * loop.
   *
   * @return what is wrong, each with its file and line; what was there before stays then
   */
  public List<String> reload() {
    return readAgain(true);
  }

  private synchronized List<String> readAgain(boolean all) {
    List<String> wrong = new ArrayList<>();
    boolean changed = readAgain(hosts, all, wrong);
    changed |= readAgain(zones, all, wrong);
    if (changed) {
      current = new LocalSnapshot(hosts.content(), zones.content(), special, identity);
    }
    return wrong;
  }

  private <T> boolean readAgain(Part<T> part, boolean always, List<String> wrong) {
    if (!part.hasFiles || !(always || part.files.hasSettled())) {
      return false;
    }
    List<String> lines = new ArrayList<>();
    part.load(lines);
    if (!lines.isEmpty()) {
      counters.increment(Counter.LOCAL_RELOADS_FAILED);
      String what = new WrongFiles(lines).getMessage();
      LOG.warn("The {} stay as they were before a change: {}", part.what, what);
      wrong.addAll(lines);
      return false;
    }
    counters.increment(Counter.LOCAL_RELOADS);
    LOG.info("Read the {} again", part.what);
    return true;
  }

  /** Ends looking for changes. */
  @Override
  public synchronized void close() {
    if (watcher != null) {
      watcher.close();
    }
  }
}
