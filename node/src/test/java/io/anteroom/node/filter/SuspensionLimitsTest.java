// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.SuspensionCounter;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SuspensionLimitsTest {
  private static final InetAddress ONE = address(1);
  private static final InetAddress OTHER = address(2);

  private final SuspensionLimits limits =
      new SuspensionLimits(
          () ->
              new FilterSettings(
                  "f",
                  1,
                  Duration.ofSeconds(1),
                  Policy.CONTINUE,
                  Policy.CONTINUE,
                  Policy.CONTINUE,
                  3,
                  2,
                  10));

  @Test
  void client_aboveItsLimit_isRefused_andOthersAreNot() {
    assertThat(limits.acquire(ONE)).isNull();
    assertThat(limits.acquire(ONE)).isNull();
    assertThat(limits.acquire(ONE)).isEqualTo(SuspensionCounter.REFUSED_CLIENT_LIMIT);
    assertThat(limits.acquire(OTHER)).isNull();
  }

  @Test
  void ipv6Network_of64Bits_isOneClient() {
    InetAddress a = NetUtil.createInetAddressFromIpAddressString("2001:db8::1");
    InetAddress b = NetUtil.createInetAddressFromIpAddressString("2001:db8::ffff");
    InetAddress c = NetUtil.createInetAddressFromIpAddressString("2001:db8:0:1::1");
    assertThat(limits.acquire(a)).isNull();
    assertThat(limits.acquire(b)).isNull();
    assertThat(limits.acquire(b)).isEqualTo(SuspensionCounter.REFUSED_CLIENT_LIMIT);
    assertThat(limits.acquire(c)).isNull();
  }

  @Test
  void service_aboveItsLimit_refuses() {
    limits.acquire(ONE);
    limits.acquire(ONE);
    limits.acquire(OTHER);
    assertThat(limits.acquire(OTHER)).isEqualTo(SuspensionCounter.REFUSED_LIMIT);
  }

  @Test
  void refusals_leaveNothingBehind() {
    limits.acquire(ONE);
    limits.acquire(ONE);
    limits.acquire(ONE);
    assertThat(limits.live()).isEqualTo(2);
    limits.release(ONE);
    limits.release(ONE);
    assertThat(limits.live()).isZero();
    assertThat(limits.clients()).isZero();
  }

  private static InetAddress address(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
