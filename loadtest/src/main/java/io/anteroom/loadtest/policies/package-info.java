// SPDX-License-Identifier: Apache-2.0
/** Measures calls of Lua policies. */
@NullMarked
package io.anteroom.loadtest.policies;

import org.jspecify.annotations.NullMarked;
