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
 * The local data of a node: hosts files, zones, special-use names, and names about the node.
 * Thread-safe.
 *
 * <p>A query uses one snapshot. All hosts files, and all zones, are read completely or not at all;
 * an error is logged once, and the previous data stay. Files are read on a separate thread or on
 * the thread that calls {@link #reload}, never on an event loop.
 */
public final class LocalData implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalData.class);

  private final Counters<Counter> counters;
  private final Duration watch;
  private final LocalPools pools;
  private final Map<String, PoolSettings> ownPools;
  private final Part<HostsTable> hosts;
  private final Part<LocalZones> zones;
  private final @Nullable Designation designation;
  private final @Nullable SpecialNames special;
  private final ServerIdentity identity;
  private volatile LocalSnapshot current;
  private @Nullable FileWatch watcher;

  /** Files that are read together, and their last valid content. */
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

    /** Reads the files; adds errors to the list. */
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
    this.designation =
        settings.ddr() == null ? null : Designation.of(settings.ddr(), settings.listeners());
    this.current = snapshot();
  }

  private LocalSnapshot snapshot() {
    return new LocalSnapshot(hosts.content(), zones.content(), designation, special, identity);
  }

  /**
   * Reads all files.
   *
   * @throws IOException if a file can't be read or is invalid; the message has all invalid lines
   */
  public static LocalData load(NodeSettings settings, Counters<Counter> counters)
      throws IOException {
    return new LocalData(settings, counters);
  }

  /** The pools for servers in hosts files; they never change. */
  public Map<String, PoolSettings> pools() {
    return ownPools;
  }

  /** Looks up a query that no rule has answered. */
  public LocalOutcome find(Query query) {
    return current.find(query);
  }

  /** The number of names, without special-use names. */
  public int size() {
    return current.size();
  }

  /** Starts checking for changes, at the interval of the settings. Must be called at most once. */
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
   * Reads all files again, changed or not. Takes seconds for a million names, so it must not run on
   * an event loop.
   *
   * @return the errors, each with file and line; if there are any, the previous data stay
   */
  public List<String> reload() {
    return readAgain(true);
  }

  private synchronized List<String> readAgain(boolean all) {
    List<String> wrong = new ArrayList<>();
    boolean changed = readAgain(hosts, all, wrong);
    changed |= readAgain(zones, all, wrong);
    if (changed) {
      current = snapshot();
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

  /** Stops checking for changes. */
  @Override
  public synchronized void close() {
    if (watcher != null) {
      watcher.close();
    }
  }
}
