// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatencyHistogramTest {
  private final LatencyHistogram histogram = new LatencyHistogram();

  @ParameterizedTest
  @CsvSource({
    "-5, 0",
    "0, 0",
    "50000, 0",
    "50001, 1",
    "100000, 1",
    "60000000000, 18",
    "60000000001, 19"
  })
  void record_goesToTheBucketWhoseBoundIsNotBelow(long nanos, int bucket) {
    histogram.record(nanos);

    LatencyHistogram.Snapshot snapshot = histogram.snapshot();
    assertThat(snapshot.counts()[bucket]).isEqualTo(1);
    assertThat(snapshot.count()).isEqualTo(1);
    assertThat(snapshot.sumNanos()).isEqualTo(Math.max(0, nanos));
  }

  @Test
  void bounds_areAsManyAsBuckets_andRise() {
    double[] bounds = LatencyHistogram.boundsSeconds();

    assertThat(bounds).hasSameSizeAs(histogram.snapshot().counts()).isSorted();
    assertThat(bounds[0]).isEqualTo(0.000_05);
    assertThat(bounds[bounds.length - 1]).isInfinite();
  }

  @Test
  void quantile_ofNothing_isZero() {
    assertThat(histogram.snapshot().quantileMicros(0.99)).isZero();
  }

  @Test
  void quantile_ofAnEvenSpread_isNear() {
    LongStream.rangeClosed(1, 1000)
        .forEach(i -> histogram.record(TimeUnit.MILLISECONDS.toNanos(i)));

    LatencyHistogram.Snapshot snapshot = histogram.snapshot();
    assertThat(snapshot.quantileMicros(0.5)).isCloseTo(500_000, within(1_000L));
    assertThat(snapshot.quantileMicros(0.99)).isCloseTo(990_000, within(1_000L));
    assertThat(snapshot.quantileMicros(1)).isEqualTo(1_000_000);
  }

  @Test
  void quantile_beyondTheLastBound_isThatBound() {
    histogram.record(TimeUnit.HOURS.toNanos(1));

    assertThat(histogram.snapshot().quantileMicros(0.5)).isEqualTo(60_000_000);
  }
}
