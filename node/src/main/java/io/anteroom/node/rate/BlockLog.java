// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.Netmask;
import java.time.Duration;
import org.slf4j.Logger;

/** Logs blocks and warnings, with a limit per second, because clients can cause them. */
final class BlockLog {
  private static final int MAX_LINES = 10;

  private final Logger logger;
  private int lines;

  BlockLog(Logger logger) {
    this.logger = logger;
  }

  void info(String text, Block block, Duration duration) {
    if (mayLog()) {
      logger.info(text, block.clients(), duration.toSeconds(), block.reason(), block.action());
    }
  }

  void warning(Netmask clients, String rule) {
    if (mayLog()) {
      logger.warn("{} is on its way to being blocked by rule {}", clients, rule);
    }
  }

  private boolean mayLog() {
    lines++;
    return lines <= MAX_LINES;
  }

  /** Must be called once a second. */
  void tick() {
    if (lines > MAX_LINES) {
      logger.info("and {} more blocks and warnings", lines - MAX_LINES);
    }
    lines = 0;
  }
}
