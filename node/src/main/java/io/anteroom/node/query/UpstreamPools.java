// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.UpstreamCommand;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** The current upstream pools of an event loop. */
@FunctionalInterface
public interface UpstreamPools {
  /** The pool of this name; null if there is none now, for example after a reload. */
  @Nullable Pool find(String name);

  /** A pool on one event loop. */
  record Pool(ActorRef<UpstreamCommand> actor, PoolSettings settings) {}
}
