// SPDX-License-Identifier: Apache-2.0
/** What it costs to count clients, names and responses. */
@NullMarked
package io.anteroom.loadtest.rates;

import org.jspecify.annotations.NullMarked;
