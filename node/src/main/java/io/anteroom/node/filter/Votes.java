// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Verdict;
import org.xbill.DNS.Rcode;

/** The votes of group members that do not decide. */
final class Votes {
  private static final ExtendedError NO_VERDICT =
      new ExtendedError(ExtendedError.NOT_READY, "no verdict");

  private Votes() {}

  /** The policy of a service for this reason, as a verdict. */
  static Verdict of(FilterSettings service, Undecided reason) {
    Policy policy =
        switch (reason) {
          case TIMEOUT -> service.onTimeout();
          case OVERLOAD -> service.onOverload();
          case NO_FILTER -> service.onNoFilter();
        };
    return switch (policy) {
      case CONTINUE -> Verdict.proceed();
      case SERVFAIL -> Verdict.rcode(Rcode.SERVFAIL).withError(NO_VERDICT);
      case REFUSE -> Verdict.rcode(Rcode.REFUSED).withError(NO_VERDICT);
      case NXDOMAIN -> Verdict.rcode(Rcode.NXDOMAIN).withError(NO_VERDICT);
      case DROP -> Verdict.drop();
    };
  }
}
