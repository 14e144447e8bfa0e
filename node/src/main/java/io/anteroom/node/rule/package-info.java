// SPDX-License-Identifier: Apache-2.0
/** Selectors, actions, chains, and how they are read from the configuration. */
@NullMarked
package io.anteroom.node.rule;

import org.jspecify.annotations.NullMarked;
