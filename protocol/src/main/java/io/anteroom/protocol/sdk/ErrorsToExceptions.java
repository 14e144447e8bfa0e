// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.ToInstance;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs why an instance fails, and converts every {@link Error} to an exception that its supervisor
 * can handle. With an error that Pekko considers fatal, above all OutOfMemoryError, the thread ends
 * while it processes the mailbox, and then the actor and its ActorSystem neither work nor stop.
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
