// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits until what a command has started ends or must be stopped. Blocks its thread. */
final class Foreground {
  /** After this time without readiness, a message says what is missing. */
  private static final Duration SOON = Duration.ofSeconds(15);

  private final Console console;
  private final Duration soon;

  Foreground(Console console) {
    this(console, SOON);
  }

  Foreground(Console console, Duration soon) {
    this.console = console;
    this.soon = soon;
  }

  /**
   * Waits for the end.
   *
   * @param ready prints the message when it is ready
   * @param notYet the message if it is not ready soon
   * @param patience how long an orderly stop may take
   * @return the exit code: 0 if it was stopped on request
   */
  int hold(Running running, Runnable ready, String notYet, Duration patience) {
    CompletableFuture<Void> isReady = running.whenReady().toCompletableFuture();
    CompletableFuture<Void> ended = running.whenTerminated().toCompletableFuture();
    CompletableFuture<Void> over = either(ended, console.endRequested());
    if (!within(either(isReady, over), soon)) {
      console.complain(notYet);
      awaitOutcome(either(isReady, over));
    }
    if (!over.isDone()) {
      if (isReady.isCompletedExceptionally()) {
        return giveUp(running, cause(isReady), patience);
      }
      ready.run();
      awaitOutcome(over);
    }
    return console.endRequested().isDone()
        ? end(running, patience)
        : giveUp(running, "has ended by itself", patience);
  }

  private int end(Running running, Duration patience) {
    if (!within(running.stop().toCompletableFuture(), patience)) {
      console.complain("did not end within " + patience.toSeconds() + " s, and is cut off");
    }
    return 0;
  }

  private int giveUp(Running running, String why, Duration patience) {
    console.complain(why);
    end(running, patience);
    return 1;
  }

  private static CompletableFuture<Void> either(
      CompletableFuture<Void> one, CompletableFuture<Void> other) {
    return CompletableFuture.anyOf(one, other).thenApply(any -> null);
  }

  /** Whether it completes within this time, normally or not. */
  private static boolean within(CompletableFuture<Void> future, Duration time) {
    try {
      future.get(time.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException | CancellationException e) {
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void awaitOutcome(CompletableFuture<Void> future) {
    future.handle((done, failure) -> failure).join();
  }

  private static String cause(CompletableFuture<Void> failed) {
    Throwable failure = failed.handle((done, e) -> e).join();
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return String.valueOf(cause == null ? failure : cause.getMessage());
  }
}
