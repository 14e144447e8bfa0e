// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Receives a body of bounded size. If it is larger, the rest is not read: the client closes the
 * connection.
 */
final class BoundedBody implements BodySubscriber<byte[]> {
  private final int most;
  private final CompletableFuture<byte[]> body = new CompletableFuture<>();
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private Flow.@Nullable Subscription subscription;
  private boolean cancelled;

  BoundedBody(int most) {
    this.most = most;
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return body;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    synchronized (this) {
      subscription = given;
      if (!cancelled) {
        given.request(Long.MAX_VALUE);
        return;
      }
    }
    given.cancel();
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    for (ByteBuffer buffer : buffers) {
      if (received.size() + buffer.remaining() > most) {
        cancel(new TooLarge("more than " + most + " bytes"));
        return;
      }
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      received.writeBytes(bytes);
    }
  }

  @Override
  public void onError(Throwable failure) {
    body.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    body.complete(received.toByteArray());
  }

  /** Receives no more; has no effect after the end. */
  void cancel(Throwable why) {
    Flow.Subscription given;
    synchronized (this) {
      cancelled = true;
      given = subscription;
    }
    body.completeExceptionally(why);
    if (given != null) {
      given.cancel();
    }
  }
}
