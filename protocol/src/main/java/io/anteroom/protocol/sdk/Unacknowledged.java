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
import org.jspecify.annotations.Nullable;

/**
 * The verdicts of which nobody has said yet what became of them, in the order in which they are to
 * be sent again. It belongs to the instance's thread, and its owner bounds it.
 */
final class Unacknowledged {
  /**
   * One verdict.
   *
   * @param asked which request it is about
   * @param sent how often the verdict was sent
   */
  record Entry(Resume resume, Asked asked, long sentNs, int sent) {
    private Entry sentAgain(long nowNs) {
      return new Entry(resume, asked, nowNs, sent + 1);
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

  void add(Resume resume, Asked asked, long nowNs) {
    // A key that is there already must move to the end.
    entries.remove(resume.key());
    entries.put(resume.key(), new Entry(resume, asked, nowNs, 1));
  }

  /** Takes out a verdict about which a node has said something; null if none was waiting. */
  @Nullable Entry acknowledge(SuspensionKey key) {
    return entries.remove(key);
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
      if (entry.asked().isOver(nowNs)) {
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
