// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.testing.DatagramFilter;
import java.util.concurrent.CountDownLatch;

/**
 * A filter that is a process of its own, as those of operators are. It accepts each message that it
 * is sent.
 */
final class FilterProcess {
  /** The line that it prints when it can be asked. */
  static final String READY = "the filter is ready";

  private FilterProcess() {}

  /**
   * Runs until it is killed.
   *
   * @param arguments the path where it is sent messages, and the one where it sends verdicts
   */
  public static void main(String[] arguments) throws InterruptedException {
    DatagramFilter filter = DatagramFilter.unix(arguments[0], arguments[1], DatagramFilter.ACCEPT);
    System.out.println(READY);
    new CountDownLatch(1).await();
    filter.close();
  }
}
