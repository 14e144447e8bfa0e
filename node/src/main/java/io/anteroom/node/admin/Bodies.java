// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;

/**
 * Reads request bodies completely. A body that is too large is answered with 413, one that takes
 * more than 5 s with 408, and a truncated one with 400; none of these is logged.
 */
final class Bodies extends AllDirectives {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** When Pekko aborts the body and its connection; the response must have been sent by then. */
  private static final Duration END = PATIENCE.multipliedBy(2);

  private Bodies() {}

  /** Reads a body of at most {@code maxBytes} and passes it to the inner route. */
  static Route read(int maxBytes, Function<HttpEntity.Strict, Route> inner) {
    return new Bodies().route(maxBytes, inner);
  }

  private Route route(int maxBytes, Function<HttpEntity.Strict, Route> inner) {
    return extractMaterializer(
        materializer ->
            extractRequestEntity(
                entity ->
                    entity.getContentLengthOption().orElse(0) > maxBytes
                        ? tooLarge(maxBytes)
                        : onComplete(
                            () -> strict(entity, maxBytes, materializer),
                            read ->
                                read.isSuccess()
                                    ? inner.apply(read.get())
                                    : refused(read.failed().get(), maxBytes))));
  }

  private static CompletionStage<HttpEntity.Strict> strict(
      HttpEntity entity, int maxBytes, Materializer materializer) {
    // A new future: Pekko unwraps its own, so a timeout set on that would have no effect.
    CompletableFuture<HttpEntity.Strict> strict = new CompletableFuture<>();
    entity
        .withSizeLimit(maxBytes)
        .toStrict(END.toMillis(), maxBytes, materializer)
        .whenComplete(
            (body, failure) -> {
              if (failure == null) {
                strict.complete(body);
              } else {
                strict.completeExceptionally(failure);
              }
            });
    return strict.orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Route refused(Throwable failure, int maxBytes) {
    if (failure instanceof TimeoutException) {
      String what = "the body has not come within " + PATIENCE.toSeconds() + " s";
      return refused(StatusCodes.REQUEST_TIMEOUT, what);
    } else if (failure instanceof EntityStreamSizeException) {
      return tooLarge(maxBytes);
    } else if (failure instanceof EntityStreamException) {
      return refused(StatusCodes.BAD_REQUEST, "the body has not come as a whole");
    }
    return failWith(failure);
  }

  private Route tooLarge(int maxBytes) {
    return refused(StatusCodes.CONTENT_TOO_LARGE, "the body has more than " + maxBytes + " bytes");
  }

  private Route refused(StatusCode status, String what) {
    return complete(Json.error(status, what));
  }
}
