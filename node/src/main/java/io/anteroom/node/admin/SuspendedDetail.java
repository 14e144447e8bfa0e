// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Details of one suspended query.
 *
 * @param nextRule the index of the rule at which it continues
 * @param node the node on which it waits
 * @param suspensions number of times it has been suspended, including this one
 * @param pool the upstream pool; null for the default pool
 * @param route the route of its policy that gets the result; null if no policy waits for it
 * @param operation the kind of the operation that it waits for; null if there is none
 * @param arguments of the operation, cut to a few hundred characters; null if there is none
 * @param identity of the client; null if it is not known
 * @param serverName that the client asked for in its TLS handshake; null for none
 * @param path of the client's HTTP request; null for none
 * @param instance the instance that was asked; null if none has been yet
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
    @Nullable String instance,
    @Nullable String route,
    @Nullable String operation,
    @Nullable String arguments,
    @Nullable String identity,
    @Nullable String serverName,
    @Nullable String path) {}
