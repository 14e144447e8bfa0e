// SPDX-License-Identifier: Apache-2.0
/**
 * The command line: what the words mean is in {@code Main}, from top to bottom. Nothing depends on
 * this package. Operating-system processes and signals are behind interfaces, so that everything
 * but those is tested without them.
 */
@NullMarked
package io.anteroom.node.cli;

import org.jspecify.annotations.NullMarked;
