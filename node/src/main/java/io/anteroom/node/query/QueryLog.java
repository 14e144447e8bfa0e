// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Query;
import io.anteroom.protocol.Stage;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Type;

/**
 * Writes the log lines of rules about queries to the logger {@code anteroom.query}. One thread
 * writes them; it ends after 5 s without a line. At most {@value #MAX_WAITING} lines wait for it;
 * further ones are dropped and counted. Safe for any thread.
 */
public final class QueryLog {
  static final int MAX_WAITING = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger("anteroom.query");

  private final Counters<Counter> counters;
  private final ThreadPoolExecutor writer;

  public QueryLog(Counters<Counter> counters) {
    this.counters = counters;
    this.writer =
        new ThreadPoolExecutor(
            1,
            1,
            5,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            QueryLog::thread,
            (line, full) -> this.counters.increment(Counter.LOG_OVERLOAD));
    writer.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable run) {
    Thread thread = new Thread(run, "anteroom-query-log");
    thread.setDaemon(true);
    return thread;
  }

  void log(Query query, Stage stage, String rule) {
    writer.execute(() -> LOG.info("{}", line(query, stage, rule)));
  }

  /** Makes a line of fields separated by spaces; the name is escaped. */
  private static String line(Query query, Stage stage, String rule) {
    byte[] answer = query.answer();
    String identity = query.client().identity();
    return "%s %s %s %s %s %s%s%s%s rule=\"%s\""
        .formatted(
            Addresses.text(query.client().address()),
            query.client().transport().word(),
            query.wire().name(),
            DClass.string(query.wire().dnsClass()),
            Type.string(query.wire().type()),
            stage.word(),
            identity.isEmpty() ? "" : " identity=" + identity,
            answer == null ? "" : " rcode=" + (answer[3] & 0xf),
            query.tags().isEmpty() ? "" : " tags=" + tags(query),
            rule);
  }

  /**
   * Filters choose the tags: characters that could end the field or the line are replaced by their
   * code in four hex digits.
   */
  private static String tags(Query query) {
    StringBuilder text = new StringBuilder("{");
    query
        .tags()
        .forEach(
            (name, value) -> {
              text.append(text.length() == 1 ? "" : ",");
              escape(name, text);
              text.append('=');
              escape(value, text);
            });
    return text.append('}').toString();
  }

  private static void escape(String tag, StringBuilder to) {
    for (int i = 0; i < tag.length(); i++) {
      char c = tag.charAt(i);
      boolean plain = c > ' ' && c != '"' && c != ',' && c != '\\' && c != 0x7f;
      if (plain && !Character.isISOControl(c)) {
        to.append(c);
      } else {
        to.append("\\u%04x".formatted((int) c));
      }
    }
  }
}
