// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Queries one candidate name after the other until one is found. It continues after ENOTFOUND and
 * ENODATA, after a name that is too long with its domain, and after a server refused a name of one
 * label, which many do. Any other error ends the search. If nothing is found but one of the names
 * exists, the outcome is ENODATA.
 */
final class Searching {
  private final Iterator<String> names;
  private final Function<String, CompletableFuture<Outcome>> ask;
  private @Nullable Outcome last;

  private Searching(List<String> names, Function<String, CompletableFuture<Outcome>> ask) {
    this.names = names.iterator();
    this.ask = ask;
  }

  /** Queries these names, at least one, in order. */
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

  /** Ranks statuses by how much they tell about the name. */
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
