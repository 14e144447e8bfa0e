// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import org.apache.pekko.actor.NoSerializationVerificationNeeded;

/** No server answered in time. */
public record Unanswered(Query query, Reason reason)
    implements OriginCommand, NoSerializationVerificationNeeded {

  /** Why; it becomes the Extended DNS Error of the SERVFAIL. */
  public enum Reason {
    /** Nothing came back in time: Extended DNS Error 22. */
    TIMEOUT,
    /** Sockets or connections failed: Extended DNS Error 23. */
    NETWORK,
    /** The pool's table of outstanding queries is full. */
    OVERLOAD
  }
}
