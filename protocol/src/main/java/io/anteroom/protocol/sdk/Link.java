// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * An instance's state for one attached router: the credits left, and what to send next. A router
 * that attaches again gets a new link; requests of the old link return no credits. Only the
 * instance's thread uses it.
 */
final class Link {
  /** The maximum number of verdicts in one message, and the approximate maximum of their bytes. */
  static final int MAX_BATCH = 128;

  static final int MAX_BATCH_BYTES = 64 << 10;

  private static final int BYTES_WITHOUT_CONTENT = 64;

  private final ActorRef<ToRouter> router;
  private final int granted;
  private long expected;
  private int open;
  private int done;
  private List<Resume> batch = new ArrayList<>();
  private int batchBytes;
  private boolean attached = true;

  Link(ActorRef<ToRouter> router, int granted) {
    this.router = router;
    this.granted = granted;
  }

  ActorRef<ToRouter> router() {
    return router;
  }

  /**
   * Counts requests that arrived.
   *
   * @return how many requests were lost before them; their credits are returned at once
   */
  int received(long sequence, int requests) {
    long gap = sequence - expected;
    expected = sequence + requests;
    int lost = (int) Math.max(0, Math.min(gap, (long) granted - open - done));
    done += lost;
    return lost;
  }

  /** Uses a credit for a request, if there is one. */
  boolean open() {
    if (open + done >= granted) {
      return false;
    }
    open++;
    return true;
  }

  /** A request has ended in any way; its credit is returned. */
  void done() {
    open--;
    done++;
  }

  /** The router has gone, or has attached again. */
  void detach() {
    attached = false;
  }

  boolean isAttached() {
    return attached;
  }

  /** Whether there is something to send. */
  boolean isDirty() {
    return done > 0 || !batch.isEmpty();
  }

  /** Whether it must be sent soon: a verdict, or so many credits that the router may run short. */
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

  /** Sends everything that is pending to the router. */
  void flush(ActorRef<ToInstance> instance) {
    if (isDirty()) {
      router.tell(new Resumes(instance, done, List.copyOf(batch)));
      batch = new ArrayList<>();
      batchBytes = 0;
      done = 0;
    }
  }

  /** An upper bound of the serialized size of the verdict. */
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
