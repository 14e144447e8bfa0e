// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class FailureLogTest {
  private static final long START_NS = Long.MAX_VALUE - 5;
  private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);
  private static final byte[] ABOUT_A_B = {
    0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 1, 'b', 0, 0, 1, 0, 1
  };

  private final Logger logger = new LoggerContext().getLogger("filter");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final FailureLog log = new FailureLog(logger, 7);
  private final FilterRequest request =
      new FilterRequest(
          new SuspensionKey(7, 1),
          Stage.QUERY,
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 53_000),
          Transport.UDP,
          Map.of(),
          ABOUT_A_B,
          1_000);

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @Test
  void causes_areEachLogged_withServiceAndName() {
    log.failed(request, new IllegalStateException("boom"), START_NS);
    log.failed(request, new CompletionException(new IllegalArgumentException("bad")), START_NS);
    log.failed(request, null, START_NS);
    log.late(request, START_NS);
    log.rejected(request, Verdict.toPool("nosuch"), Rejection.POOL, START_NS);
    log.rejected(request, Verdict.changeName("a..b"), Rejection.NAME, START_NS);
    log.rejected(request, Verdict.drop(), null, START_NS);

    String none = "filter 7 gave no verdict about a.b";
    String rejected = "filter 7: a node rejected the verdict ";
    assertThat(logged())
        .containsExactly(
            none + ", so on-timeout decides: java.lang.IllegalStateException: boom",
            none + ", so on-timeout decides: java.lang.IllegalArgumentException: bad",
            none + ", so on-timeout decides: it gave null",
            none + " in time, so on-timeout decides",
            rejected + "ToPool nosuch about a.b: " + Rejection.POOL.text(),
            rejected + "ChangeName a..b about a.b: " + Rejection.NAME.text(),
            rejected + "Drop about a.b: it gave no reason");
  }

  @Test
  void cause_thatIsFrequent_isLoggedOnceInTenSeconds_withWhatWasLeftOut() {
    for (long ns : new long[] {0, 1, INTERVAL_NS - 1, INTERVAL_NS, 2 * INTERVAL_NS}) {
      log.late(request, START_NS + ns);
    }

    assertThat(logged())
        .containsExactly(
            "filter 7 gave no verdict about a.b in time, so on-timeout decides",
            "filter 7 gave no verdict about a.b in time, so on-timeout decides"
                + " (2 more like this were not logged)",
            "filter 7 gave no verdict about a.b in time, so on-timeout decides");
  }

  @Test
  void causes_beyondTheBound_shareALine() {
    for (int i = 0; i < 2 * FailureLog.MAX_CAUSES; i++) {
      log.threw("method " + i, new IllegalStateException(), START_NS);
    }

    assertThat(logged()).hasSize(FailureLog.MAX_CAUSES + 1);
  }

  private List<String> logged() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
