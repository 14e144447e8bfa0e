// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The part of a node's configuration that changes while the node runs, and where changes come from.
 *
 * @param live what holds now
 * @param source of what a reload reads
 * @param book the rules, with what operators changed
 * @param rulesFile where changes of the rules are kept; null for nowhere
 * @param reloads counts them
 */
public record Changeable(
    Live live,
    LiveConfiguration.Source source,
    RuleBook book,
    @Nullable Path rulesFile,
    Reloads reloads) {}
