// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.ServerSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What holds for the lookups of a {@link Resolver} that start now. It follows resolv.conf, if the
 * settings come from there; servers that somebody has set stand. Safe for any thread.
 */
final class CurrentSetup {
  private final @Nullable SystemFile systemFile;
  private final Calls calls;
  private final Asker asker;
  private volatile Setup setup;

  /** Whether somebody has set the servers, which are then those of resolv.conf no more. */
  private boolean serversAreSet;

  /**
   * As these settings say.
   *
   * @param systemFile to be followed; null if the settings come from no file
   * @param asker is told of changes, on the event loop of the calls
   */
  CurrentSetup(Settings settings, @Nullable SystemFile systemFile, Calls calls, Asker asker) {
    this.setup = Setup.of(settings);
    this.systemFile = systemFile;
    this.calls = calls;
    this.asker = asker;
  }

  /** What holds now, once the file has been looked at. */
  Setup get() {
    follow();
    return setup;
  }

  /** What held when the file was last looked at. */
  Setup last() {
    return setup;
  }

  /** Does what the file says, if it has changed. */
  void follow() {
    if (systemFile != null) {
      follow(systemFile.ifChanged());
    }
  }

  /** Reads the file again and does what it says. */
  void reread() {
    if (systemFile != null) {
      follow(systemFile.read());
    }
  }

  private synchronized void follow(@Nullable Settings next) {
    if (next == null) {
      return;
    }
    boolean keep = serversAreSet || next.channel().servers().isEmpty();
    Settings own = keep ? next.withServers(setup.settings().channel().servers()) : next;
    setup = Setup.of(own);
    calls.run(() -> asker.reinit(own));
  }

  /**
   * Has lookups ask these servers from now on. Two threads have their way in the same order here
   * and on the event loop, so that what is asked is what {@link #get} tells.
   */
  synchronized void setServers(List<ServerSettings> servers) {
    serversAreSet = true;
    setup = Setup.of(setup.settings().withServers(servers));
    calls.run(() -> asker.setServers(servers));
  }
}
