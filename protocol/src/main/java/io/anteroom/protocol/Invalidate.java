// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * Sent by an instance to make all nodes forget held verdicts of its service. It goes to every
 * attached router. One of them is enough, because nodes share it, also with nodes that are
 * unreachable at the moment. It is sent again until an {@link Invalidated} arrives.
 *
 * @param instance the sender; the message is ignored unless it is registered for the service
 * @param id identifies this invalidation; the same for all routers
 * @param name in presentation form; empty for all verdicts of the service
 * @param subtree whether verdicts for all names below are forgotten too
 */
public record Invalidate(
    int asyncId, ActorRef<ToInstance> instance, long id, String name, boolean subtree)
    implements ToRouter, ProtocolMessage {
  public Invalidate {
    if (name.length() > Verdict.MAX_NAME_TEXT) {
      throw new IllegalArgumentException(
          "a name has at most " + Verdict.MAX_NAME_TEXT + " characters in presentation form");
    }
  }
}
