// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks for one candidate after the other until one is found. What is not there, or has no such
 * data, leads on to the next, as does a name that is too long with its domain; so does a server
 * that will not answer for a name of one label, which many refuse. All else is the end. If nothing
 * is found but one of the names was there, the outcome is that it has no such data.
 */
final class Searching {
  private final Iterator<String> names;
  private final Function<String, CompletableFuture<Outcome>> ask;
  private @Nullable Outcome last;

  private Searching(List<String> names, Function<String, CompletableFuture<Outcome>> ask) {
    this.names = names.iterator();
    this.ask = ask;
  }

  /** Asks for each of these names, at least one, until it is over. */
  static CompletableFuture<Outcome> through(
      List<String> names, Function<String, CompletableFuture<Outcome>> ask) {
    return new Searching(names, ask).next();
  }

  private CompletableFuture<Outcome> next() {
    String name = names.next();
    return ask.apply(name).thenCompose(outcome -> judge(name, outcome));
  }

  private CompletableFuture<Outcome> judge(String name, Outcome outcome) {
    if (!leadsOn(name, outcome.status())) {
      return CompletableFuture.completedFuture(outcome);
    }
    Outcome before = last;
    if (before == null || rank(outcome.status()) <= rank(before.status())) {
      last = outcome;
    }
    return names.hasNext() ? next() : CompletableFuture.completedFuture(last);
  }

  /** What says more about the name comes first. */
  private static int rank(Status status) {
    return switch (status) {
      case ENODATA -> 0;
      case EBADNAME -> 2;
      default -> 1;
    };
  }

  private static boolean leadsOn(String name, Status status) {
    return switch (status) {
      case ENODATA, ENOTFOUND, EBADNAME -> true;
      case ESERVFAIL, EREFUSED -> name.indexOf('.') < 0;
      default -> false;
    };
  }
}
