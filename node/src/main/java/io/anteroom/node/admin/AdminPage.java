// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * One page of a node's answer; answers are split because the size of a message between members is
 * bounded.
 *
 * @param node the node that answers, as {@code host:port}
 * @param total number of items on that node, including those not listed
 * @param last whether this is the last page
 */
record AdminPage(String node, long total, List<? extends Row> rows, boolean last)
    implements AdminMessage {
  /** Rows per page: a row has up to 1.5 KB, a message up to 256 KB. */
  static final int MAX_ROWS = 100;

  /** One line of a list. */
  interface Row {}

  AdminPage {
    rows = List.copyOf(rows);
    if (rows.size() > MAX_ROWS) {
      throw new IllegalArgumentException(rows.size() + " rows in a page");
    }
  }

  /** Checks the limit of a request, which may come from another node. */
  static void checkLimit(int limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("limit " + limit);
    }
  }

  static void send(String node, long total, List<? extends Row> rows, ActorRef<AdminPage> replyTo) {
    List<? extends Row> left = new ArrayList<>(rows);
    while (left.size() > MAX_ROWS) {
      replyTo.tell(new AdminPage(node, total, left.subList(0, MAX_ROWS), false));
      left = left.subList(MAX_ROWS, left.size());
    }
    replyTo.tell(new AdminPage(node, total, left, true));
  }
}
