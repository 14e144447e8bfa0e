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
 * Verdicts that were not acknowledged yet, in the order in which they are sent again. Only the
 * instance's thread uses it; its owner limits the size.
 */
final class Unacknowledged {
  /**
   * One verdict.
   *
   * @param asked the request that it answers
   * @param sent how often the verdict was sent
   */
  record Entry(Resume resume, Asked asked, long sentNs, int sent) {
    private Entry sentAgain(long nowNs) {
      return new Entry(resume, asked, nowNs, sent + 1);
    }
  }

  /**
   * How many are sent again at once. When a node does not reply for seconds, all verdicts are due,
   * and sending all of them would overload the node when it is back.
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
    // An existing key must move to the end.
    entries.remove(resume.key());
    entries.put(resume.key(), new Entry(resume, asked, nowNs, 1));
  }

  /** Removes an acknowledged verdict; null if it was not waiting. */
  @Nullable Entry acknowledge(SuspensionKey key) {
    return entries.remove(key);
  }

  /**
   * Removes the verdicts that are due, oldest first, at most {@value #MAX_DUE}.
   *
   * @param expired receives the verdicts whose deadline has passed; they are not sent again
   * @return the verdicts to send again, which then wait for an acknowledgement
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
