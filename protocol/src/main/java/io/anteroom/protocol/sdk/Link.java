// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What an instance knows of one dispatcher that is attached: the requests it may still send, and
 * what is to be told to it next. A dispatcher that attaches again gets a new one, and what was
 * asked through the old one gives no credits any more. It belongs to the instance's thread.
 */
final class Link {
  /** How many verdicts, and about how many bytes of them, go into one message. */
  static final int MAX_BATCH = 128;

  static final int MAX_BATCH_BYTES = 64 << 10;

  private static final int BYTES_WITHOUT_CONTENT = 64;

  private final ActorRef<ToDispatcher> dispatcher;
  private final int granted;
  private long expected;
  private int open;
  private int done;
  private List<Resume> batch = new ArrayList<>();
  private int batchBytes;
  private boolean attached = true;

  Link(ActorRef<ToDispatcher> dispatcher, int granted) {
    this.dispatcher = dispatcher;
    this.granted = granted;
  }

  ActorRef<ToDispatcher> dispatcher() {
    return dispatcher;
  }

  /**
   * Takes note of requests.
   *
   * @return how many were lost before them, whose credits go back at once
   */
  int received(long sequence, int requests) {
    long gap = sequence - expected;
    expected = sequence + requests;
    int lost = (int) Math.max(0, Math.min(gap, (long) granted - open - done));
    done += lost;
    return lost;
  }

  /** Uses up a credit for a request, if there is one. */
  boolean open() {
    if (open + done >= granted) {
      return false;
    }
    open++;
    return true;
  }

  /** The request is done with, however it ended, and its credit goes back. */
  void done() {
    open--;
    done++;
  }

  /** The dispatcher is gone, or has attached anew. */
  void detach() {
    attached = false;
  }

  boolean isAttached() {
    return attached;
  }

  /** Whether there is something to tell. */
  boolean isDirty() {
    return done > 0 || !batch.isEmpty();
  }

  /**
   * Whether it is to be told soon: a verdict, or so many credits that the dispatcher lacks them.
   */
  boolean isUrgent() {
    return !batch.isEmpty() || done >= Math.max(1, granted / 4);
  }

  boolean isFull() {
    return batch.size() >= MAX_BATCH || batchBytes >= MAX_BATCH_BYTES;
  }

  boolean hasRoom(Resume resume) {
    return batch.isEmpty() || batchBytes + bytes(resume.verdict()) <= MAX_BATCH_BYTES;
  }

  void add(Resume resume) {
    batch.add(resume);
    batchBytes += bytes(resume.verdict());
  }

  /** Tells the dispatcher all that it is to know now. */
  void flush(ActorRef<ToInstance> instance) {
    if (isDirty()) {
      dispatcher.tell(new Resumes(instance, done, List.copyOf(batch)));
      batch = new ArrayList<>();
      batchBytes = 0;
      done = 0;
    }
  }

  /** At least what the verdict takes when it is written. */
  private static int bytes(Verdict verdict) {
    int bytes = BYTES_WITHOUT_CONTENT + verdict.decision().maxBytes();
    ExtendedError error = verdict.error();
    if (error != null) {
      bytes += text(error.text());
    }
    for (Map.Entry<String, String> tag : verdict.tags().entrySet()) {
      bytes += text(tag.getKey()) + text(tag.getValue());
    }
    return bytes;
  }

  /** UTF-8 has at most three bytes for each char. */
  private static int text(String text) {
    return 2 + 3 * text.length();
  }
}
