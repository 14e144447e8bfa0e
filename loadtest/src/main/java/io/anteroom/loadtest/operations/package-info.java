// SPDX-License-Identifier: Apache-2.0
/** Measures operations without a node around them. */
@NullMarked
package io.anteroom.loadtest.operations;

import org.jspecify.annotations.NullMarked;
