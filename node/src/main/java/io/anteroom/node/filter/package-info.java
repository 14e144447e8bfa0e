// SPDX-License-Identifier: Apache-2.0
/**
 * Who serves which asyncID now, and how requests are dealt out to them. What a verdict does to a
 * query is not decided here.
 */
@NullMarked
package io.anteroom.node.filter;

import org.jspecify.annotations.NullMarked;
