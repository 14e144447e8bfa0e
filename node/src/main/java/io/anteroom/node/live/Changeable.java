// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The part of a node's configuration that can change while the node runs, and the sources of
 * changes.
 *
 * @param live the current state
 * @param source read by a reload
 * @param book the rules, with the operators' changes
 * @param rulesFile file that stores the changes of the rules; null for none
 * @param reloads counts the reloads
 */
public record Changeable(
    Live live,
    LiveConfiguration.Source source,
    RuleBook book,
    @Nullable Path rulesFile,
    Reloads reloads) {}
