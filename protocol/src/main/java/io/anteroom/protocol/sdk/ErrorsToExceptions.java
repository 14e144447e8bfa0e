// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.ToInstance;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.TypedActorContext;

/**
 * Makes every {@link Error} of an instance an exception, which its supervisor can handle: with one
 * of those that Pekko calls fatal, above all OutOfMemoryError, the thread ends in the midst of the
 * mailbox, and the actor and its ActorSystem neither work nor end.
 */
final class ErrorsToExceptions extends BehaviorInterceptor<ToInstance, ToInstance> {
  ErrorsToExceptions() {
    super(ToInstance.class);
  }

  private static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Failed(Error cause) {
      super("the filter instance failed: " + cause, cause);
    }
  }

  @Override
  public Behavior<ToInstance> aroundStart(
      TypedActorContext<ToInstance> context, PreStartTarget<ToInstance> target) {
    try {
      return target.start(context);
    } catch (Error e) {
      throw new Failed(e);
    }
  }

  @Override
  public Behavior<ToInstance> aroundReceive(
      TypedActorContext<ToInstance> context, ToInstance message, ReceiveTarget<ToInstance> target) {
    try {
      return target.apply(context, message);
    } catch (Error e) {
      throw new Failed(e);
    }
  }
}
