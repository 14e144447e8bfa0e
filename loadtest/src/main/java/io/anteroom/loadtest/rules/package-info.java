// SPDX-License-Identifier: Apache-2.0
/** What chains of rules and lists of names cost, without a node around them. */
@NullMarked
package io.anteroom.loadtest.rules;

import org.jspecify.annotations.NullMarked;
