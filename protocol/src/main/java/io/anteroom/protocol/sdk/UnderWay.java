// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * Requests whose stages are not complete. Whoever removes a request handles its end, so each ends
 * once. Only the instance's thread uses it; the credits limit its size.
 */
final class UnderWay {
  private final Set<Asked> requests = Collections.newSetFromMap(new IdentityHashMap<>());

  void add(Asked asked) {
    requests.add(asked);
  }

  /** Returns whether the request was still there. */
  boolean remove(Asked asked) {
    return requests.remove(asked);
  }

  boolean isEmpty() {
    return requests.isEmpty();
  }

  /** Removes the requests whose deadline has passed. */
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
