// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolNamesTest {

  @ParameterizedTest
  @CsvSource({
    "'', default",
    "kids, kids",
    "a_b-c.d, a_b-c.d",
    "default, pool.default",
    "pool.x, pool.pool.x",
    "my pool, pool.my_20pool",
    "_x, pool._5fx",
    "é, pool._c3_a9"
  })
  void name_isOneOfTheConfiguration_andBack(String theirs, String ours) {
    assertThat(PoolNames.ours(theirs)).isEqualTo(ours);
    assertThat(PoolNames.theirs(ours)).isEqualTo(theirs);
  }
}
