// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.FilterMember;
import io.anteroom.protocol.sdk.FilterMemberSettings;
import java.time.Duration;

/** A filter in this process that is a member of the cluster of the nodes which are tested. */
final class JoinedFilter {
  static final Duration JOIN = Duration.ofSeconds(30);

  private JoinedFilter() {}

  /** Starts it and waits until it is a member. */
  static FilterMember start(FilterMemberSettings settings, Filter filter) {
    FilterMember member = FilterMember.start(settings, filter);
    if (!Wait.until(member::isUp, JOIN)) {
      member.close();
      throw new IllegalStateException("the filter was not let into the cluster");
    }
    return member;
  }
}
