// SPDX-License-Identifier: Apache-2.0
/**
 * The operations that policies start: slow work that ends with a result. A runner carries out the
 * operations of one service, on threads of its own or none, and knows nothing of queries, actors or
 * Lua. Also the worker tasks of policies, and the files below the data directory.
 */
@NullMarked
package io.anteroom.node.operation;

import org.jspecify.annotations.NullMarked;
