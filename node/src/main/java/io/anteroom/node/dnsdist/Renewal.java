// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaLimits;
import io.netty.channel.EventLoop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a file anew when its state is at its memory limit, since every call would fail from then
 * on. Before that it collects garbage, which often suffices. What the script kept in global
 * variables is lost; sockets and suspended questions are not. While another thread loads the file,
 * calls go on in the old state. Except where a method says otherwise, for the thread of Lua.
 */
final class Renewal {
  private static final Logger LOG = LoggerFactory.getLogger(Renewal.class);

  /** How long after one attempt the next one may begin, as each costs much time. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final Path path;
  private final LuaLimits limits;
  private final LongSupplier nanoTime;
  private final Owner owner;
  private long last;
  private boolean tried;

  /** What has the state. */
  interface Owner {
    DnsdistFile file();

    ScriptSockets newSockets();

    List<LibraryPart> parts(ScriptSockets sockets);

    /** Goes on with the file in its new state, or closes that if it is no longer the same file. */
    void renew(DnsdistFile next, ScriptSockets sockets);
  }

  Renewal(Path path, LuaLimits limits, LongSupplier nanoTime, Owner owner) {
    this.path = path;
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.owner = owner;
  }

  /** A call has failed for a lack of memory. */
  void memoryEnded(EventLoop loop) {
    long now = nanoTime.getAsLong();
    if (tried && now - last < PAUSE.toNanos()) {
      return;
    }
    tried = true;
    last = now;
    long used = used();
    if (used < limits.memoryBytes() / 4 * 3) {
      LOG.warn("{}: a call used up the memory; {} MB are in use after it", path, used >> 20);
      return;
    }
    LOG.warn(
        "{}: {} MB of at most {} MB of memory are in use; the file is loaded anew, and what the"
            + " script kept in global variables is lost",
        path,
        used >> 20,
        limits.memoryBytes() >> 20);
    ScriptSockets sockets = owner.newSockets();
    start("dnsdist-load", () -> load(loop, sockets));
  }

  private long used() {
    try {
      return owner.file().state().collect();
    } catch (LuaFailure e) {
      return limits.memoryBytes();
    }
  }

  private static void start(String name, Runnable run) {
    Thread thread = new Thread(run, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void load(EventLoop loop, ScriptSockets sockets) {
    try {
      DnsdistFile next = DnsdistFile.load(path, owner.parts(sockets), limits);
      try {
        loop.execute(() -> owner.renew(next, sockets));
      } catch (RejectedExecutionException e) {
        next.close();
      }
    } catch (InvalidConfiguration e) {
      LOG.error("{} can't be loaded anew: {}", path, e.getMessage());
    }
  }

  /** Frees a state that is not used any more, on a thread of its own, as that takes long. */
  static void close(DnsdistFile old) {
    start("dnsdist-close", old::close);
  }
}
