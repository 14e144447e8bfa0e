// SPDX-License-Identifier: Apache-2.0
/**
 * The processing of a query: {@link Pipeline} decides each step, {@link QueryProcessor} carries the
 * steps out.
 */
@NullMarked
package io.anteroom.node.query;

import org.jspecify.annotations.NullMarked;
