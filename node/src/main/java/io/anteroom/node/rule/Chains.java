// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

/** The chains of a node, one for each stage. Immutable. */
public record Chains(Chain query) {
  public static final Chains NONE = new Chains(Chain.EMPTY);
}
