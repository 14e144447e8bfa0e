// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.ToInstance;
import java.time.Duration;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the filter of a connector is reachable. Logs each change, and schedules the connector's
 * next attempt after 50 ms, doubling up to 1 s. Used by the connector's thread only.
 */
final class ConnectionState {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionState.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(50);
  private static final Duration LAST_RETRY = Duration.ofSeconds(1);

  private final TimerScheduler<ToInstance> timers;
  private final String service;
  private final String filter;
  private Duration retry = FIRST_RETRY;
  private @Nullable Boolean reported;

  /**
   * Creates the state of a filter about which nothing is known yet.
   *
   * @param service the name of the service
   * @param filter the filter's address, as written in the configuration
   */
  ConnectionState(TimerScheduler<ToInstance> timers, String service, String filter) {
    this.timers = timers;
    this.service = service;
    this.filter = filter;
  }

  /** Records that the filter has answered; the next retry delay starts at 50 ms again. */
  void answered() {
    retry = FIRST_RETRY;
    report(true, "it answers");
  }

  /** Logs whether the filter is reachable, if that has changed. */
  void report(boolean isThere, String why) {
    if (reported == null || reported != isThere) {
      reported = isThere;
      LOG.info("filter {}: {} is {}: {}", service, filter, isThere ? "there" : "not there", why);
    }
  }

  /** Sends the connector this message after the retry delay, and doubles the delay, up to 1 s. */
  void lookLater(ToInstance look) {
    timers.startSingleTimer(look, retry);
    Duration twice = retry.multipliedBy(2);
    retry = twice.compareTo(LAST_RETRY) < 0 ? twice : LAST_RETRY;
  }
}
