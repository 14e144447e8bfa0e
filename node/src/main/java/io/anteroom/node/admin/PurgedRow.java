// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

/** How many entries of its caches a node has forgotten. */
record PurgedRow(String node, long answers, long verdicts) implements AdminPage.Row {}
