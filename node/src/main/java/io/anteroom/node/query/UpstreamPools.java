// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.UpstreamCommand;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** The upstream pools of an event loop, as they are now. */
@FunctionalInterface
public interface UpstreamPools {
  /** The pool of this name; null if there is none, or not any more. */
  @Nullable Pool find(String name);

  /** A pool on one event loop. */
  record Pool(ActorRef<UpstreamCommand> actor, PoolSettings settings) {}
}
