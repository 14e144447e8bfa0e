// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.event.EventStream;
import org.apache.pekko.event.slf4j.Slf4jLoggingFilter;
import org.apache.pekko.stream.Materializer;

/**
 * Suppresses Pekko's warnings about closed connections between members, which also appear when a
 * member leaves normally. The cluster's own warnings report connections that are lost.
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
