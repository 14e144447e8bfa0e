// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

/**
 * A selector and an action.
 *
 * @param name for people; may be empty
 */
public record Rule(String name, Selector selector, Action action) {}
