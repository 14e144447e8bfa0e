// SPDX-License-Identifier: Apache-2.0
/**
 * The instances of each filter service and the assignment of requests to them. The effect of a
 * verdict on a query is decided elsewhere.
 */
@NullMarked
package io.anteroom.node.filter;

import org.jspecify.annotations.NullMarked;
