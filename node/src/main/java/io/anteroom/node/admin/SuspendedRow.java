// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

/**
 * A suspended query in a list.
 *
 * @param node the node on which it waits
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
    long leftMillis)
    implements AdminPage.Row {}
