// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.Decision;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Verdict;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Logs queries for which a filter gave no valid verdict, and the reasons. Each cause is logged at
 * most once in 10 s, with the number of suppressed lines, so that a frequent cause does not hide
 * others.
 */
final class FailureLog {
  /** How many causes are counted separately; further ones share one line. */
  static final int MAX_CAUSES = 64;

  private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);
  private static final Text TEXT = new Text();

  private final Logger log;
  private final int asyncId;
  private final Map<Object, Cause> causes = new HashMap<>();

  private static final class Cause {
    private boolean logged;
    private long lastNs;
    private long unlogged;

    private boolean isDue(long nowNs) {
      boolean due = !logged || nowNs - lastNs >= INTERVAL_NS;
      if (due) {
        logged = true;
        lastNs = nowNs;
      } else {
        unlogged++;
      }
      return due;
    }

    private String more() {
      String more = unlogged == 0 ? "" : " (" + unlogged + " more like this were not logged)";
      unlogged = 0;
      return more;
    }
  }

  /** The kind, and what a node may not know or not understand. */
  private static final class Text implements Decision.ContentVisitor<String, String> {
    @Override
    public String onNoContent(String kind) {
      return kind;
    }

    @Override
    public String onRcode(Decision.Rcode rcode, String kind) {
      return kind;
    }

    @Override
    public String onAddresses(Decision.Addresses addresses, String kind) {
      return kind;
    }

    @Override
    public String onAnswer(Decision.Answer answer, String kind) {
      return kind;
    }

    @Override
    public String onChangeName(Decision.ChangeName changeName, String kind) {
      return kind + " " + changeName.name();
    }

    @Override
    public String onToPool(Decision.ToPool toPool, String kind) {
      return kind + " " + toPool.pool();
    }

    @Override
    public String onResult(Decision.Result result, String kind) {
      return kind + " " + result.result().code();
    }
  }

  FailureLog(Logger log, int asyncId) {
    this.log = log;
    this.asyncId = asyncId;
  }

  /** The filter threw this, or its stage failed with it; null if the filter returned null. */
  void failed(FilterRequest request, @Nullable Throwable failure, long nowNs) {
    Throwable cause = failure;
    if (failure instanceof CompletionException && failure.getCause() != null) {
      cause = failure.getCause();
    }
    Cause known = cause(cause == null ? "null" : cause.getClass());
    if (known.isDue(nowNs)) {
      log.warn(
          "filter {} gave no verdict about {}, so on-timeout decides: {}{}",
          asyncId,
          name(request),
          cause == null ? "it gave null" : cause.toString(),
          known.more(),
          cause);
    }
  }

  /** The filter had no verdict at the query's deadline. */
  void late(FilterRequest request, long nowNs) {
    Cause known = cause("late");
    if (known.isDue(nowNs)) {
      log.warn(
          "filter {} gave no verdict about {} in time, so on-timeout decides{}",
          asyncId,
          name(request),
          known.more());
    }
  }

  /** A node rejected the verdict; null if it gave no reason. */
  void rejected(FilterRequest request, Verdict verdict, @Nullable Rejection why, long nowNs) {
    Cause known = cause(why == null ? Rejection.class : why);
    if (known.isDue(nowNs)) {
      log.warn(
          "filter {}: a node rejected the verdict {} about {}: {}{}",
          asyncId,
          text(verdict),
          name(request),
          why == null ? "it gave no reason" : why.text(),
          known.more());
    }
  }

  /** A method of the filter other than {@code decide} threw this. */
  void threw(String method, Throwable failure, long nowNs) {
    Cause known = cause(method);
    if (known.isDue(nowNs)) {
      log.warn("filter {} threw in {}{}", asyncId, method, known.more(), failure);
    }
  }

  private Cause cause(Object cause) {
    boolean full = causes.size() >= MAX_CAUSES && !causes.containsKey(cause);
    return causes.computeIfAbsent(full ? "others" : cause, key -> new Cause());
  }

  private static String name(FilterRequest request) {
    try {
      return Question.of(request).name();
    } catch (IllegalArgumentException e) {
      return "a query whose name can't be read";
    }
  }

  /** The verdict without its tags and texts, which may be long. */
  private static String text(Verdict verdict) {
    String kind = verdict.decision().getClass().getSimpleName();
    return verdict.decision().accept(TEXT, kind);
  }
}
