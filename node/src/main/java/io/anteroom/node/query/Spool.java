// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.DataSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.FileHandler;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.SpooledFile;
import io.anteroom.node.net.Survival;
import io.anteroom.node.operation.DataDirectory;
import io.anteroom.node.operation.LogLimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * Writes answers to files in the directory {@code spool} of the data directory, and tells the
 * policies of them. One thread writes them; it ends after 5 s without an answer. At most {@value
 * #MAX_WAITING} answers wait for it; further ones are dropped and counted. Safe for any thread.
 *
 * <p>If there are too many files, or too many bytes, the oldest ones are removed, so that the disk
 * never fills up and the newest answers are always there. Files of an earlier run count too. A file
 * that a policy has removed counts until it would be the oldest.
 */
public final class Spool {
  static final int MAX_WAITING = 1_000;

  /** The end of the names of files, by which those of an earlier run are found. */
  static final String SUFFIX = ".dns";

  private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

  private final Supplier<DataSettings> settings;
  private final Supplier<? extends Iterable<? extends FileHandler>> handlers;
  private final Counters<Counter> counters;
  private final Clock clock;
  private final LogLimit failures = new LogLimit(Duration.ofMinutes(1), System::nanoTime);
  private final ThreadPoolExecutor writer;

  /** Makes the names of two nodes with the same directory different. */
  private final String run = Integer.toHexString(new SecureRandom().nextInt());

  /** For the writer only, like all fields that follow. The oldest file is the first. */
  private final Deque<Written> files = new ArrayDeque<>();

  private @Nullable DataDirectory data;
  private long bytes;
  private long number;

  private record Written(Path path, long size, long time) {}

  /**
   * Creates the spool of a node. It does nothing with the disk before the first answer.
   *
   * @param handlers those that are told of each file
   */
  public Spool(
      Supplier<DataSettings> settings,
      Supplier<? extends Iterable<? extends FileHandler>> handlers,
      Counters<Counter> counters,
      Clock clock) {
    this.settings = settings;
    this.handlers = handlers;
    this.counters = counters;
    this.clock = clock;
    this.writer =
        new ThreadPoolExecutor(
            1,
            1,
            5,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Spool::thread,
            (answer, full) -> this.counters.increment(Counter.SPOOL_OVERLOAD));
    writer.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable run) {
    Thread thread = new Thread(run, "anteroom-spool");
    thread.setDaemon(true);
    return thread;
  }

  /** Has the answer of a query written to a file whose name begins with the prefix. */
  void write(Query query, String prefix) {
    byte[] answer = query.answer();
    if (answer != null) {
      writer.execute(() -> write(query, answer, prefix));
    }
  }

  private void write(Query query, byte[] answer, String prefix) {
    try {
      long seconds = clock.instant().getEpochSecond();
      Path path = create(answer, "%s-%d-%s-%d%s".formatted(prefix, seconds, run, ++number, SUFFIX));
      files.add(new Written(path, answer.length, seconds));
      bytes += answer.length;
      counters.increment(Counter.SPOOLED);
      removeOldest();
      tell(file(query, answer, path, seconds));
    } catch (IOException e) {
      failed("an answer can't be written to a file", e);
    }
  }

  private Path create(byte[] answer, String name) throws IOException {
    DataDirectory open = data;
    if (open == null) {
      open = DataDirectory.open(settings.get().directory());
      readEarlier(open);
      data = open;
    }
    // Again each time, as somebody may have removed it.
    open.createDirectory(DataSettings.SPOOL);
    return open.create(DataSettings.SPOOL + "/" + name, answer);
  }

  private void readEarlier(DataDirectory open) throws IOException {
    open.createDirectory(DataSettings.SPOOL);
    try (Stream<Path> all = Files.list(open.root().resolve(DataSettings.SPOOL))) {
      List<Written> earlier =
          all.filter(path -> path.toString().endsWith(SUFFIX))
              .map(Spool::earlier)
              .sorted(Comparator.comparingLong(Written::time))
              .toList();
      files.addAll(earlier);
      bytes = earlier.stream().mapToLong(Written::size).sum();
    }
  }

  private static Written earlier(Path path) {
    try {
      return new Written(path, Files.size(path), Files.getLastModifiedTime(path).toMillis());
    } catch (IOException e) {
      // It has just been removed.
      return new Written(path, 0, 0);
    }
  }

  private void removeOldest() {
    DataSettings bounds = settings.get();
    while (files.size() > 1
        && (files.size() > bounds.spoolFiles() || bytes > bounds.spoolBytes())) {
      Written oldest = files.remove();
      bytes -= oldest.size();
      remove(oldest.path());
    }
  }

  private void remove(Path file) {
    DataDirectory open = data;
    if (open == null || !Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      open.remove(file.toString());
      counters.increment(Counter.SPOOL_REMOVED);
    } catch (IOException e) {
      failed("the file of an answer can't be removed", e);
    }
  }

  private void failed(String what, IOException e) {
    counters.increment(Counter.SPOOL_FAILED);
    failures.log(more -> LOG.warn("{}: {}{}", what, e.getMessage(), more));
  }

  private void tell(SpooledFile file) {
    for (FileHandler handler : handlers.get()) {
      try {
        handler.onFile(file);
      } catch (RuntimeException e) {
        Survival.survive(e);
      }
    }
  }

  private static SpooledFile file(Query query, byte[] answer, Path path, long seconds) {
    String name = query.wire().name().toString();
    String flowKey =
        "%s %s %s"
            .formatted(
                Addresses.text(query.client().address()), query.client().transport().word(), name);
    String request =
        "%s %s %s"
            .formatted(
                name, DClass.string(query.wire().dnsClass()), Type.string(query.wire().type()));
    String response =
        "%s answers=%d authorities=%d additionals=%d"
            .formatted(
                Rcode.string(answer[3] & 0xf),
                count(answer, 6),
                count(answer, 8),
                count(answer, 10));
    return new SpooledFile(seconds, flowKey, path, request, response, answer.length);
  }

  private static int count(byte[] answer, int at) {
    return (answer[at] & 0xff) << 8 | (answer[at + 1] & 0xff);
  }
}
