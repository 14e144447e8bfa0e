// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.ToInstance;
import java.time.Duration;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the filter of a connector is there. Says so in the log when it has changed; and has the
 * connector look again after a while that grows. For the connector's thread alone.
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
   * Nothing is known yet.
   *
   * @param service the name of the service
   * @param filter where the filter is, as the operator wrote it
   */
  ConnectionState(TimerScheduler<ToInstance> timers, String service, String filter) {
    this.timers = timers;
    this.service = service;
    this.filter = filter;
  }

  /** The filter has answered, so it will soon be back if it goes. */
  void answered() {
    retry = FIRST_RETRY;
    report(true, "it answers");
  }

  /** Logs whether the filter is there, when that has changed. */
  void report(boolean isThere, String why) {
    if (reported == null || reported != isThere) {
      reported = isThere;
      LOG.info("filter {}: {} is {}: {}", service, filter, isThere ? "there" : "not there", why);
    }
  }

  /** Sends the connector this message after a while, which is longer each time. */
  void lookLater(ToInstance look) {
    timers.startSingleTimer(look, retry);
    Duration twice = retry.multipliedBy(2);
    retry = twice.compareTo(LAST_RETRY) < 0 ? twice : LAST_RETRY;
  }
}
