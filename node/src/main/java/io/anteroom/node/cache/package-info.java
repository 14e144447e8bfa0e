// SPDX-License-Identifier: Apache-2.0
/** Answers that have been given before. Knows of no rule, client or actor. */
@NullMarked
package io.anteroom.node.cache;

import org.jspecify.annotations.NullMarked;
