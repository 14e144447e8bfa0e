// SPDX-License-Identifier: Apache-2.0

/** What queries cost that wait for a policy's operation, or for a filter in the same process. */
@NullMarked
package io.anteroom.loadtest.waits;

import org.jspecify.annotations.NullMarked;
