// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.SecretFile;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.tls.TicketKeys;
import io.anteroom.node.zone.FileSet;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of one listener's session tickets, and the file that their secrets come from, if nodes
 * share them. If a changed file can't be used, the secrets stay as they are. For one thread.
 */
final class TicketSecrets {
  private static final Logger LOG = LoggerFactory.getLogger(TicketSecrets.class);

  private final @Nullable Path file;
  private final String listener;
  private final Counters<Counter> counters;
  private final FileSet<List<byte[]>> files;
  private final TicketKeys keys;

  private TicketSecrets(@Nullable Path file, String listener, Counters<Counter> counters)
      throws IOException {
    this.file = file;
    this.listener = listener;
    this.counters = counters;
    if (file == null) {
      this.files = new FileSet<>(List.of(), included -> List.of());
      this.keys = TicketKeys.random(new SecureRandom());
    } else {
      this.files =
          new FileSet<>(List.of(file), included -> SecretFile.read(file, TicketKeys.SECRET));
      this.keys = TicketKeys.shared(files.load());
    }
  }

  /**
   * Reads the secrets.
   *
   * @param file null for a random secret
   * @throws IOException with file and line, if the file can't be used
   */
  static TicketSecrets open(@Nullable Path file, String listener, Counters<Counter> counters)
      throws IOException {
    return new TicketSecrets(file, listener, counters);
  }

  TicketKeys keys() {
    return keys;
  }

  /** Whether the keys have other secrets since the last call, because the file has changed. */
  boolean hasNew() {
    if (file == null || !files.hasSettled()) {
      return false;
    }
    try {
      keys.use(files.load());
      counters.increment(Counter.TLS_TICKET_SECRETS_READ);
      LOG.info("{}: read again for {}", file, listener);
      return true;
    } catch (IOException e) {
      counters.increment(Counter.TLS_TICKET_SECRETS_FAILED);
      LOG.error("{}; {} keeps its secrets of session tickets", e.getMessage(), listener);
      return false;
    }
  }
}
