// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.event.EventStream;
import org.apache.pekko.event.slf4j.Slf4jLoggingFilter;
import org.apache.pekko.stream.Materializer;

/**
 * Leaves out what Pekko warns of whenever a connection between members is closed, also when a
 * member leaves as it should. A connection that is lost otherwise shows in the cluster's own
 * warnings.
 */
public final class MemberLogging extends Slf4jLoggingFilter {
  /** Called by Pekko. */
  public MemberLogging(ActorSystem.Settings settings, EventStream events) {
    super(settings, events);
  }

  @Override
  public boolean isWarningEnabled(Class<?> logClass, String logSource) {
    return !Materializer.class.isAssignableFrom(logClass)
        && super.isWarningEnabled(logClass, logSource);
  }
}
