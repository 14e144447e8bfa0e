// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Stage;
import org.jspecify.annotations.Nullable;

/**
 * A query that was answered here with an alias (CNAME) and waits until the alias's target has been
 * looked up. It is attached to the query for the target, which goes through no rules and is
 * therefore never suspended or sent to another node. Immutable.
 *
 * @param query the client's query, with the alias as its answer so far
 * @param next the chain that the complete answer goes through; null if it is sent at once
 * @param steps how many targets have been looked up for it before
 */
public record Chase(Query query, @Nullable Stage next, int steps) {}
