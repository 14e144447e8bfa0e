// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * An instance has all nodes forget verdicts of its service that hold. It goes to every dispatcher
 * that is attached; any one of them is enough, for nodes tell each other, also those that are away
 * just now. It is answered with {@link Invalidated}, and sent again until then.
 *
 * @param instance who asks for it; it counts only if it is registered for the service
 * @param id of this invalidation and no other, whomever it is sent to
 * @param name in presentation form; empty for all verdicts of the service
 * @param subtree whether the verdicts about all names below go too
 */
public record Invalidate(
    int asyncId, ActorRef<ToInstance> instance, long id, String name, boolean subtree)
    implements ToDispatcher, ProtocolMessage {
  public Invalidate {
    if (name.length() > Verdict.MAX_NAME_TEXT) {
      throw new IllegalArgumentException(
          "a name has at most " + Verdict.MAX_NAME_TEXT + " characters in presentation form");
    }
  }
}
