// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class ScrapeTest {
  private final Scrape scrape =
      Scrape.parse(
          """
          # HELP anteroom_queries_total Queries taken from clients
          # TYPE anteroom_queries_total counter
          anteroom_queries_total 1.234567E7
          anteroom_filter_resumed_total{service="slow"} 3.0
          anteroom_filter_dropped_total{service="slow"} 4.0
          anteroom_filter_dropped_total{service="other"} 100.0
          anteroom_filter_suspended{service="slow"} 5.0
          """);

  @Test
  void values_areFoundByNameAndService() {
    assertThat(scrape.counter("queries")).isEqualTo(12_345_670);
    assertThat(scrape.counters("slow", "resumed", "dropped")).isEqualTo(7);
    assertThat(scrape.gauge("slow", "suspended")).isEqualTo(5);
  }

  @Test
  void metricThatIsNotThere_isAnError() {
    assertThatThrownBy(() -> scrape.counters("slow", "resumed", "refused"))
        .hasMessageContaining("anteroom_filter_refused_total");
  }
}
