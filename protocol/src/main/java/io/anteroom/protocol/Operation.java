// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Slow work that a policy asks an operation service for, such as a statement for a database. Which
 * arguments it has depends on the kind of the service.
 *
 * @param arguments within the bounds of {@link Values}
 */
public record Operation(Map<String, @Nullable Object> arguments) {
  public Operation {
    arguments = Values.checked(arguments);
  }
}
