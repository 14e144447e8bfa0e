// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * The requests whose stages are not complete. Whoever takes one out decides what becomes of it, so
 * each ends once. It belongs to the instance's thread; the credits are its bound.
 */
final class UnderWay {
  private final Set<Asked> requests = Collections.newSetFromMap(new IdentityHashMap<>());

  void add(Asked asked) {
    requests.add(asked);
  }

  /** Whether the request was still there. */
  boolean remove(Asked asked) {
    return requests.remove(asked);
  }

  boolean isEmpty() {
    return requests.isEmpty();
  }

  /** Takes out those whose time is up. */
  List<Asked> takeOver(long nowNs) {
    List<Asked> over = new ArrayList<>();
    for (Iterator<Asked> each = requests.iterator(); each.hasNext(); ) {
      Asked asked = each.next();
      if (asked.isOver(nowNs)) {
        each.remove();
        over.add(asked);
      }
    }
    return over;
  }
}
