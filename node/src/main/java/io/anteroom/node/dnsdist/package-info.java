// SPDX-License-Identifier: Apache-2.0
/**
 * Runs configurations of dnsdist: a Lua program says at load what the node should be, and gives
 * functions that run for queries later. {@code DnsdistFile} loads it into a {@code Model}, which
 * becomes an ordinary configuration.
 */
@NullMarked
package io.anteroom.node.dnsdist;

import org.jspecify.annotations.NullMarked;
