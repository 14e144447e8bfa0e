// SPDX-License-Identifier: Apache-2.0
/** What the caches of a node cost, without a node around them. */
@NullMarked
package io.anteroom.loadtest.caches;

import org.jspecify.annotations.NullMarked;
