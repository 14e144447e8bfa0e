// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.ToInstance;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what an instance fails of, and makes every {@link Error} an exception, which its supervisor
 * can handle: with one of those that Pekko calls fatal, above all OutOfMemoryError, the thread ends
 * in the midst of the mailbox, and the actor and its ActorSystem neither work nor end.
 */
final class ErrorsToExceptions extends BehaviorInterceptor<ToInstance, ToInstance> {
  private static final Logger LOG = LoggerFactory.getLogger(FilterInstance.class);

  private final int asyncId;

  ErrorsToExceptions(int asyncId) {
    super(ToInstance.class);
    this.asyncId = asyncId;
  }

  private static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Failed(Throwable cause) {
      super(cause);
    }
  }

  @Override
  public Behavior<ToInstance> aroundStart(
      TypedActorContext<ToInstance> context, PreStartTarget<ToInstance> target) {
    try {
      return target.start(context);
    } catch (Throwable e) {
      throw failed("failed to start", e);
    }
  }

  @Override
  public Behavior<ToInstance> aroundReceive(
      TypedActorContext<ToInstance> context, ToInstance message, ReceiveTarget<ToInstance> target) {
    try {
      return target.apply(context, message);
    } catch (Throwable e) {
      throw failed("failed", e);
    }
  }

  private Failed failed(String how, Throwable cause) {
    LOG.error(
        "filter {} {}, and is started again after a pause of up to 15 s", asyncId, how, cause);
    return new Failed(cause);
  }
}
