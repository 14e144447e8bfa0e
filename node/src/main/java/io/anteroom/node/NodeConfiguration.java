// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.rule.Chains;

/** All that a node is started with, checked as a whole. */
public record NodeConfiguration(NodeSettings settings, Chains chains) {}
