// SPDX-License-Identifier: Apache-2.0
/**
 * Answers and verdicts that have been given before, and what makes nodes forget them. Knows of no
 * filter and no actor that a query passes.
 */
@NullMarked
package io.anteroom.node.cache;

import org.jspecify.annotations.NullMarked;
