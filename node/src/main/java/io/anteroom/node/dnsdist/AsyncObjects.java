// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.lua.LuaFailure;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The suspended questions of a script. Except where a method says otherwise, for the thread of Lua
 * only.
 *
 * <p><b>Keys.</b> A script names an object by an asyncID and a queryID of its choice. An object
 * keeps its key until the script has fetched it, as in dnsdist, or until it has ended. Within the
 * node it has a serial number, which is never used again; the node's cluster knows its query by a
 * key of its own. So a late verdict of an object that has ended never gets another one, unless the
 * script itself used the queryID again; for a message ID there is {@link MessageIdPool}.
 *
 * <p><b>End.</b> Every object ends exactly once, by the script or by whatever else ends the
 * suspension of its query. One that is left over, such as that of a client that has gone, is
 * removed at twice its timeout at the latest.
 *
 * <p><b>Bounds.</b> There are at most {@value #MAX_OBJECTS} objects, and the services have their
 * limits besides.
 */
final class AsyncObjects implements Suspender {
  static final int MAX_OBJECTS = 1 << 16;

  /** The timeout of dnsdist has 32 bits; here it is bounded by that of the services. */
  private static final long MAX_TIMEOUT_MS = 3_600_000;

  private final Counters<AsyncCounter> counters;
  private final MessageIdPool ids;
  private final LongSupplier nanoTime;
  private final IntUnaryOperator services;
  private final Map<Integer, AsyncObject> byKey = new HashMap<>();
  private final RoundedDelays<AsyncObject> deadlines = new RoundedDelays<>();

  /** Those that have not ended, and those whose decision has not reached their query yet. */
  private final Map<Long, AsyncObject> bySerial = new ConcurrentHashMap<>();

  private long lastSerial;

  /**
   * Creates an empty table.
   *
   * @param services the service that suspends queries for an asyncID of the script
   */
  AsyncObjects(
      Counters<AsyncCounter> counters,
      MessageIdPool ids,
      IntUnaryOperator services,
      LongSupplier nanoTime) {
    this.counters = counters;
    this.ids = ids;
    this.services = services;
    this.nanoTime = nanoTime;
  }

  /**
   * {@inheritDoc}
   *
   * <p>A question of an object that has been fetched may be suspended once more, for example for
   * another filter; that ends the object.
   */
  @Override
  public @Nullable Suspended suspend(Question question, int asyncId, int queryId, long timeoutMs)
      throws LuaFailure {
    AsyncObject before = (AsyncObject) question.suspended();
    if (before != null && !before.isFetched()) {
      throw new LuaFailure("suspend: the question is suspended already");
    }
    int key = key(asyncId, queryId);
    AsyncObject holder = byKey.get(key);
    if (holder != null && holder.isLive()) {
      counters.increment(AsyncCounter.REFUSED_DUPLICATE);
      return null;
    } else if (bySerial.size() >= MAX_OBJECTS) {
      counters.increment(AsyncCounter.REFUSED_FULL);
      return null;
    }
    long timeout = Math.max(1, Math.min(timeoutMs, MAX_TIMEOUT_MS));
    AsyncObject object = new AsyncObject(this, question, asyncId, queryId, ++lastSerial, timeout);
    bySerial.put(object.serial, object);
    if (before != null && !giveWay(before, object)) {
      bySerial.remove(object.serial);
      return null;
    }
    byKey.put(key, object);
    deadlines.add(object, timeout, nanoTime.getAsLong());
    counters.increment(AsyncCounter.SUSPENDED);
    return object;
  }

  private boolean giveWay(AsyncObject before, AsyncObject next) {
    boolean first = before.giveWayTo(next);
    counters.increment(first ? AsyncCounter.RESUMED : AsyncCounter.VERDICTS_LATE);
    return first;
  }

  /**
   * Fetches an object; from then on its key is free.
   *
   * @return its serial number
   * @throws LuaFailure if no live object has this key
   */
  long take(int asyncId, int queryId) throws LuaFailure {
    AsyncObject object = byKey.remove(key(asyncId, queryId));
    if (object == null || !object.isLive()) {
      boolean late = object != null || ids.isResting(queryId);
      counters.increment(late ? AsyncCounter.VERDICTS_LATE : AsyncCounter.VERDICTS_UNKNOWN);
      throw new LuaFailure(
          "getAsynchronousObject: no object has asyncID %d and queryID %d%s"
              .formatted(asyncId, queryId, late ? " any more" : ""));
    }
    object.fetch();
    return object.serial;
  }

  /** The question of a live object; null if that has ended, which is counted. */
  @Nullable Question question(long serial) {
    AsyncObject object = bySerial.get(serial);
    if (object == null || !object.isLive()) {
      counters.increment(AsyncCounter.VERDICTS_LATE);
      return null;
    }
    return object.question;
  }

  /**
   * Lets a query go on, as the script has left it.
   *
   * @return false if the object has ended before, without the script
   * @throws LuaFailure if the script has made a message that can't be used; the object stays live
   */
  boolean resume(long serial) throws LuaFailure {
    Question question = question(serial);
    return question != null && decide(serial, after(question), AsyncCounter.RESUMED);
  }

  /** Ends a query without an answer; false as in {@link #resume}. */
  boolean drop(long serial) {
    Question question = question(serial);
    return question != null
        && decide(
            serial,
            new RuleOutcome.Drop(question.query().suspendedOnceMore()),
            AsyncCounter.DROPPED);
  }

  private boolean decide(long serial, RuleOutcome outcome, AsyncCounter how) {
    AsyncObject object = bySerial.get(serial);
    if (object == null || !object.decide(outcome)) {
      counters.increment(AsyncCounter.VERDICTS_LATE);
      return false;
    }
    counters.increment(how);
    byKey.remove(key(object.asyncId, object.queryId), object);
    rest(object);
    return true;
  }

  private void rest(AsyncObject object) {
    int id = object.question.suspended() == object ? object.question.giveUpId() : -1;
    if (id >= 0) {
      ids.rest(id, object.timeoutMs, nanoTime.getAsLong());
    }
  }

  /**
   * What a question becomes when its wait ends, as the script has left it. The cache does not store
   * an answer that the script has changed, because it did so for this client: dnsdist gives such an
   * answer to all.
   */
  static RuleOutcome after(Question question) throws LuaFailure {
    RuleOutcome outcome = question.outcome();
    if (outcome instanceof RuleOutcome.Answer answer) {
      return new RuleOutcome.Answer(answer.query().suspendedOnceMore(), answer.message());
    } else if (outcome instanceof RuleOutcome.Next next) {
      Query left = next.query();
      boolean same = left.answer() == question.query().answer();
      return new RuleOutcome.EndChain((same ? left : left.withoutCache()).suspendedOnceMore());
    }
    return outcome;
  }

  /** An action failed after it had suspended its question: the object ends with it. */
  void abandon(AsyncObject object) {
    if (object.expire()) {
      ended(object, true);
    }
  }

  /** Removes objects that are left over, and frees message IDs. To be called every few ms. */
  void sweep() {
    long now = nanoTime.getAsLong();
    for (AsyncObject due; (due = deadlines.poll(now)) != null; ) {
      if (due.expire()) {
        counters.increment(AsyncCounter.UNSETTLED);
      }
      bySerial.remove(due.serial);
      byKey.remove(key(due.asyncId, due.queryId), due);
      rest(due);
    }
    ids.advance(now);
  }

  /** The object with this number, unless it has ended. For any thread. */
  @Nullable AsyncObject find(long serial) {
    return bySerial.get(serial);
  }

  /**
   * The query of an object goes on. For any thread.
   *
   * @param unsettled whether that ended the object
   */
  void ended(AsyncObject object, boolean unsettled) {
    bySerial.remove(object.serial);
    if (unsettled) {
      counters.increment(AsyncCounter.UNSETTLED);
    }
  }

  /** The service that suspends queries for an asyncID. */
  int service(int asyncId) {
    return services.applyAsInt(asyncId);
  }

  /** The number of objects. For any thread. */
  int live() {
    return bySerial.size();
  }

  private static int key(int asyncId, int queryId) {
    return asyncId << 16 | queryId;
  }
}
