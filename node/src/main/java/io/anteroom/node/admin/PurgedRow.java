// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

/** The number of entries that a node has purged from its caches. */
record PurgedRow(String node, long answers, long verdicts) implements AdminPage.Row {}
