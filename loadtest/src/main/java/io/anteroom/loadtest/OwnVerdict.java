// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * The verdict that each query gets in a load test. An even number gets an address of its own, so
 * that a verdict which reached another query would show; an odd one goes on.
 */
final class OwnVerdict {
  private OwnVerdict() {}

  static Verdict of(int number) {
    if (number % 2 != 0) {
      return Verdict.proceed();
    }
    try {
      byte[] address = ByteBuffer.allocate(4).putInt(address(number)).array();
      return Verdict.addresses(60, InetAddress.getByAddress(address));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The address that the answer to this query then has. */
  static int address(int number) {
    return number % 2 == 0 ? 10 << 24 | number : Packets.ADDRESS;
  }
}
