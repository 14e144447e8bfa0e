// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A part of what one node knows; parts, because a message between members has a largest size.
 *
 * @param node who answers, as {@code host:port}
 * @param total how many there are on that node, listed or not
 * @param last whether this is the last page
 */
record AdminPage(String node, long total, List<? extends Row> rows, boolean last)
    implements AdminMessage {
  /** A row has up to 1.5 KB, and a message up to 256 KB. */
  static final int MAX_ROWS = 100;

  /** One line of a list. */
  interface Row {}

  AdminPage {
    rows = List.copyOf(rows);
    if (rows.size() > MAX_ROWS) {
      throw new IllegalArgumentException(rows.size() + " rows in a page");
    }
  }

  /** Of a question, which another node may have sent. */
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
