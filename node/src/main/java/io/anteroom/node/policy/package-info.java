// SPDX-License-Identifier: Apache-2.0
/**
 * Policies: an operator's own code, which a rule runs for a query. Java policies are loaded from
 * jars, see only their API ({@code io.anteroom.protocol.policy}), and are called on the event
 * loops. Nothing here knows actors, or how the pipeline continues.
 */
@NullMarked
package io.anteroom.node.policy;

import org.jspecify.annotations.NullMarked;
