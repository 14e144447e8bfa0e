// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import org.apache.pekko.actor.setup.Setup;

/** Passes the event loops to the dispatchers of an ActorSystem. */
public final class EventLoopsSetup extends Setup {
  private final EventLoops loops;

  public EventLoopsSetup(EventLoops loops) {
    this.loops = loops;
  }

  EventLoops loops() {
    return loops;
  }
}
