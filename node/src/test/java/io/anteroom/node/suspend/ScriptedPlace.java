// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A place where queries are suspended without a cluster: its test plays the entities. */
public final class ScriptedPlace {
  private final Queue<SuspendedState> suspended = new ArrayDeque<>();

  /** Has queries suspended here from now on. */
  public void use(Suspender suspender) {
    LocalShards localShards = new LocalShards();
    localShards.add(0);
    suspender.suspendAt(new Place(localShards, this::take, origin -> origin));
  }

  private void take(SuspensionCommand command) {
    if (command instanceof SuspensionCommand.Suspend suspend) {
      suspended.add(suspend.state());
    }
  }

  /** The query that has waited longest; null if none waits. */
  public @Nullable SuspendedState next() {
    return suspended.poll();
  }
}
