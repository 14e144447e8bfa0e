// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

/**
 * A suspended query in a list.
 *
 * @param node the node on which it waits
 * @param route the route of its policy that gets the result; empty if none waits for an operation
 * @param operation the kind of the operation, such as {@code http}; empty if there is none
 * @param identity of the client; empty if it is not known
 */
record SuspendedRow(
    String key,
    String service,
    String name,
    String type,
    String client,
    String stage,
    String node,
    long ageMillis,
    long leftMillis,
    String route,
    String operation,
    String identity)
    implements AdminPage.Row {}
