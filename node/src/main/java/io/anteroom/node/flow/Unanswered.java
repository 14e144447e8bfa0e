// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import org.apache.pekko.actor.NoSerializationVerificationNeeded;

/** There is no answer from any upstream server. */
public record Unanswered(Query query, Reason reason)
    implements OriginCommand, NoSerializationVerificationNeeded {

  /** The reason; it determines the Extended DNS Error (RFC 8914) of the SERVFAIL. */
  public enum Reason {
    /** No response before the deadline: Extended DNS Error 22 (No Reachable Authority). */
    TIMEOUT,
    /** Sockets or connections failed: Extended DNS Error 23 (Network Error). */
    NETWORK,
    /** A limit of this node was reached, such as the pool's table of outstanding queries. */
    OVERLOAD
  }
}
