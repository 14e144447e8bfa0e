// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.Resume;
import io.anteroom.protocol.SuspensionKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The verdicts of which nobody has said yet what became of them, in the order in which they are to
 * be sent again. It belongs to the instance's thread, and its owner bounds it.
 */
final class Unacknowledged {
  /**
   * One verdict.
   *
   * @param asker where the request came from
   * @param sent how often the verdict was sent
   */
  record Entry(Resume resume, Link asker, long deadlineNs, long sentNs, int sent) {
    private Entry sentAgain(long nowNs) {
      return new Entry(resume, asker, deadlineNs, nowNs, sent + 1);
    }
  }

  /**
   * How many are sent again at once. When a node does not answer for seconds, everything is due all
   * the time, and would bury it when it comes back.
   */
  static final int MAX_DUE = 1_024;

  private final long repeatNs;
  private final Map<SuspensionKey, Entry> entries = new LinkedHashMap<>();

  Unacknowledged(long repeatNs) {
    this.repeatNs = repeatNs;
  }

  int size() {
    return entries.size();
  }

  void add(Resume resume, Link asker, long deadlineNs, long nowNs) {
    // A key that is there already must move to the end.
    entries.remove(resume.key());
    entries.put(resume.key(), new Entry(resume, asker, deadlineNs, nowNs, 1));
  }

  /** Whether the verdict was still waiting. */
  boolean acknowledge(SuspensionKey key) {
    return entries.remove(key) != null;
  }

  /**
   * Takes out what is due, the longest first, {@value #MAX_DUE} at most.
   *
   * @param expired gets what has no time left, and is forgotten
   * @return what is to be sent again, and waits anew
   */
  List<Entry> due(long nowNs, Consumer<Entry> expired) {
    List<Entry> due = new ArrayList<>();
    Iterator<Entry> oldestFirst = entries.values().iterator();
    while (oldestFirst.hasNext() && due.size() < MAX_DUE) {
      Entry entry = oldestFirst.next();
      if (nowNs - entry.sentNs() < repeatNs) {
        break;
      }
      oldestFirst.remove();
      if (nowNs - entry.deadlineNs() >= 0) {
        expired.accept(entry);
      } else {
        due.add(entry);
      }
    }
    for (Entry entry : due) {
      entries.put(entry.resume().key(), entry.sentAgain(nowNs));
    }
    return due;
  }
}
