// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.util.Locale;

/**
 * What happens to the worker tasks of one policy. When no task is pending or running, scheduled =
 * done + nothing + failed + timed out + rejected.
 */
public enum TaskCounter {
  SCHEDULED("Worker tasks that the policy scheduled"),
  DONE("Worker tasks that returned a response"),
  NOTHING("Worker tasks that returned nothing"),
  FAILED("Worker tasks that failed, or that the node's stop ended"),
  TIMED_OUT("Worker tasks that did not end within their time limit"),
  REJECTED("Worker tasks that never ran because too many were unfinished"),
  UNREPORTED("Results of worker tasks that the policy's thread did not take"),
  OVERRUNS("Worker threads replaced because a task went on after its time limit");

  private final String help;

  TaskCounter(String help) {
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
