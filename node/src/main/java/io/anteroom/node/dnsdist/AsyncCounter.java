// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import java.util.Locale;

/**
 * What happens to the asynchronous objects and the sockets of a dnsdist file. When no object is
 * left, suspended = resumed + dropped + unsettled.
 */
public enum AsyncCounter {
  SUSPENDED("Objects that suspend() made"),
  RESUMED("Objects that resume() ended, or another suspend()"),
  DROPPED("Objects that drop() ended"),
  UNSETTLED("Objects that ended without the script: timeouts, refusals, failed actions"),
  REFUSED_DUPLICATE("Calls of suspend() for a key that another object had"),
  REFUSED_FULL("Calls of suspend() when there were too many objects"),
  NO_MESSAGE_ID("Queries that left their action because no message ID was free"),
  VERDICTS_UNKNOWN("Calls of getAsynchronousObject() for a key that no object had"),
  VERDICTS_LATE("Uses of an object, or calls for it, soon after its end without the script"),
  MISUSED("Uses of an object after resume() or drop()"),
  DATAGRAMS_IN("Datagrams that listeners received"),
  DATAGRAMS_OUT("Datagrams that endpoints sent, or queued for a filter that does not read"),
  DATAGRAMS_TOO_LONG("Received datagrams that were dropped because they were cut off"),
  SEND_FAILED("Datagrams that endpoints could not send"),
  ENDPOINTS_BROKEN("Failures of the sockets of endpoints, after which they connect again"),
  CALLBACKS_FAILED("Calls of functions for datagrams that failed"),
  STATES_RENEWED("Times that the file was loaded anew because its state was at its memory limit"),
  MAINTENANCE_FAILED("Calls of functions for maintenance or the exit that failed");

  private final String help;

  AsyncCounter(String help) {
    this.help = help;
  }

  /** The metric's name, without prefix and suffix. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String help() {
    return help;
  }
}
