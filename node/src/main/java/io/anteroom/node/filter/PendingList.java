// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import org.jspecify.annotations.Nullable;

/**
 * Requests in the order in which they were added. A request is in one list at most, and leaves it
 * in constant time, because the links are in the request itself. Only the head can be looked at or
 * taken: a list can't be searched, so nobody pays for requests that he does not take. For the
 * router's thread alone.
 */
final class PendingList {
  private @Nullable Pending first;
  private @Nullable Pending last;
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return first == null;
  }

  /** Adds one that is in no list. */
  void add(Pending request) {
    if (request.list != null) {
      throw new IllegalStateException("a request is in one list at most");
    }
    request.list = this;
    request.previous = last;
    if (last == null) {
      first = request;
    } else {
      last.next = request;
    }
    last = request;
    size++;
  }

  /** Takes the one that was added first; null if there is none. */
  @Nullable Pending poll() {
    Pending head = first;
    if (head != null) {
      remove(head);
    }
    return head;
  }

  /** Takes out one that is in this list. */
  void remove(Pending request) {
    Pending before = request.previous;
    Pending after = request.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previous = before;
    }
    request.previous = null;
    request.next = null;
    request.list = null;
    size--;
  }
}
