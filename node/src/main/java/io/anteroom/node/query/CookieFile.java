// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.SecretFile;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.wire.ServerCookies;
import io.anteroom.node.zone.FileSet;
import io.anteroom.node.zone.FileWatch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file with the secrets of server cookies. It is read again when it changes, on a thread of its
 * own. If it can't be used then, the secrets stay as they are.
 */
final class CookieFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CookieFile.class);

  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Path file;
  private final FileSet<List<byte[]>> files;
  private final Counters<Counter> counters;
  private final Consumer<List<byte[]>> taker;
  private final FileWatch watch;

  private CookieFile(Path file, Counters<Counter> counters, Consumer<List<byte[]>> taker)
      throws IOException {
    this.file = file;
    this.counters = counters;
    this.taker = taker;
    this.files =
        new FileSet<>(List.of(file), included -> SecretFile.read(file, ServerCookies.SECRET));
    taker.accept(files.load());
    this.watch =
        FileWatch.start(
            "anteroom-cookies",
            LOOK,
            this::look,
            bug -> LOG.error("the secrets of cookies can't be looked at", bug));
  }

  /**
   * Reads the file, and watches it until it is closed.
   *
   * @param taker gets the secrets, first on this thread
   * @throws IOException with file and line, if it can't be used
   */
  static CookieFile open(Path file, Counters<Counter> counters, Consumer<List<byte[]>> taker)
      throws IOException {
    return new CookieFile(file, counters, taker);
  }

  private void look() {
    if (!files.hasSettled()) {
      return;
    }
    try {
      List<byte[]> secrets = files.load();
      taker.accept(secrets);
      counters.increment(Counter.COOKIE_SECRETS_READ);
      LOG.info("{}: read again, {} secrets of cookies", file, secrets.size());
    } catch (IOException e) {
      counters.increment(Counter.COOKIE_SECRETS_FAILED);
      LOG.error("{}; the secrets of cookies stay as they were", e.getMessage());
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
