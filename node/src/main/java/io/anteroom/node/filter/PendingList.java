// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import org.jspecify.annotations.Nullable;

/**
 * A linked list of requests, oldest first. A request is in at most one list and is removed in
 * constant time, because the links are in the request itself. Only the head can be read or polled,
 * so no operation costs time per request in the list. Used by the router's thread only.
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

  /** Adds a request that is in no list. */
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

  /** Removes and returns the oldest request; null if the list is empty. */
  @Nullable Pending poll() {
    Pending head = first;
    if (head != null) {
      remove(head);
    }
    return head;
  }

  /** Removes a request, which must be in this list. */
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
