// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PolicyLogTest {
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(PolicyLogTest.class);

  private final AtomicLong now = new AtomicLong();
  private final PolicyLog log = new PolicyLog(LOGGER, now::get);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    LOGGER.setAdditive(false);
    lines.start();
    LOGGER.addAppender(lines);
  }

  @AfterEach
  void stop() {
    LOGGER.detachAppender(lines);
  }

  private List<String> logged() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void warn_often_eachKindOnceAMinute() {
    for (int i = 0; i < 5; i++) {
      log.warn("a", () -> "first");
      log.warn("b", () -> "second");
    }
    assertThat(logged()).containsExactly("first", "second");

    now.addAndGet(Duration.ofMinutes(1).toNanos());
    log.warn("a", () -> "first");

    assertThat(logged().get(2)).isEqualTo("first (4 more like this were not logged)");
  }

  @Test
  void warn_lineThatIsLeftOut_isNotMade() {
    log.warn("a", () -> "first");

    log.warn(
        "a",
        () -> {
          throw new AssertionError("made");
        });

    assertThat(logged()).containsExactly("first");
  }

  @Test
  void warn_moreKindsThanItKnows_shareALineUntilOthersAreOld() {
    for (int i = 0; i < 100; i++) {
      String kind = "kind " + i;
      log.warn(kind, () -> kind);
    }
    assertThat(logged()).hasSize(65).doesNotContain("kind 65");

    now.addAndGet(Duration.ofMinutes(1).toNanos());
    log.warn("kind 98", () -> "kind 98");
    log.warn("kind 99", () -> "kind 99");

    assertThat(logged()).hasSize(67).endsWith("kind 98", "kind 99");
  }
}
