// SPDX-License-Identifier: Apache-2.0
/** The way of a query, readable from top to bottom in {@link QueryProcessor}. */
@NullMarked
package io.anteroom.node.query;

import org.jspecify.annotations.NullMarked;
