// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.protocol.Operation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a route ended with: the query waits.
 *
 * @param asyncId of the service that it waits for
 * @param operation what the service is asked for; null for the verdict of a filter
 * @param route the route that gets the result; null if the verdict of a filter decides
 * @param timeout how long at most; null for the service's timeout
 */
record Wait(
    int asyncId,
    @Nullable Operation operation,
    @Nullable String route,
    @Nullable Duration timeout) {}
