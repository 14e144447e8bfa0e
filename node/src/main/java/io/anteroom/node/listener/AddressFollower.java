// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.listener.OpenSockets.OpenSocket;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks every 2 s, on its own thread, for addresses that have been added to the machine, and opens
 * sockets on them for listeners on a wildcard address. Binding may block, so it is not done on an
 * event loop.
 */
final class AddressFollower {
  private static final long LOOK_MILLIS = 2_000;
  private static final Logger LOG = LoggerFactory.getLogger(AddressFollower.class);

  private final List<Wildcard> wildcards;
  private final SocketBinder binder;
  private final Consumer<OpenSocket> opened;
  private final ScheduledExecutorService thread;

  private AddressFollower(
      List<Wildcard> wildcards, SocketBinder binder, Consumer<OpenSocket> opened) {
    this.wildcards = List.copyOf(wildcards);
    this.binder = binder;
    this.opened = opened;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            run -> {
              Thread daemon = new Thread(run, "anteroom-addresses");
              daemon.setDaemon(true);
              return daemon;
            });
  }

  /**
   * Starts the checks, which run until {@link #stop} or the end of the event loops.
   *
   * @param opened takes each socket
   */
  static AddressFollower start(
      List<Wildcard> wildcards, SocketBinder binder, Consumer<OpenSocket> opened) {
    AddressFollower follower = new AddressFollower(wildcards, binder, opened);
    follower.thread.scheduleWithFixedDelay(
        follower::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    return follower;
  }

  private void look() {
    if (binder.isShuttingDown()) {
      stop();
      return;
    }
    try {
      wildcards.forEach(wildcard -> wildcard.look(binder, opened));
    } catch (RuntimeException e) {
      // The executor would end the periodic task without a log line if an exception left this
      // method.
      LOG.error("a look for addresses that have come to the machine failed", e);
    }
  }

  /** Ends the checks. A socket that is being opened at this moment may still be reported. */
  void stop() {
    thread.shutdown();
  }
}
