// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that is told about one suspended query.
 *
 * @param nextRule the index of the rule at which it goes on
 * @param node where it waits
 * @param suspensions how often it has been suspended, this time included
 * @param pool null for the default one
 * @param instance who was asked about it; null if nobody was yet
 */
record SuspendedDetail(
    String key,
    String service,
    String name,
    String type,
    String client,
    String transport,
    String stage,
    int nextRule,
    String node,
    long ageMillis,
    long leftMillis,
    int suspensions,
    @Nullable String pool,
    Map<String, String> tags,
    @Nullable String instance) {}
