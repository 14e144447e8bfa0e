// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How an operation ended. Every operation that was started ends with exactly one result, also if it
 * could not be started.
 *
 * @param code what the resume route sees first
 * @param outputs what the operation returned, within the bounds of {@link Values}; if it failed,
 *     {@code error} says why, in words for a log
 */
public record OperationResult(ResultCode code, Map<String, @Nullable Object> outputs) {
  /** The name of the output that says why an operation failed. */
  public static final String ERROR = "error";

  private static final int MAX_ERROR = 1_000;

  public OperationResult {
    outputs = Values.checked(outputs);
  }

  /** The result of an operation that is done. */
  public static OperationResult done(Map<String, ? extends @Nullable Object> outputs) {
    return new OperationResult(ResultCode.DONE, Values.checked(outputs));
  }

  /** The result of an operation that failed for this reason. */
  public static OperationResult failed(ResultCode code, String why) {
    String text = why.length() > MAX_ERROR ? why.substring(0, MAX_ERROR) : why;
    return new OperationResult(code, Map.of(ERROR, text));
  }
}
