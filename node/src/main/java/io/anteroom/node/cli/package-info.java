// SPDX-License-Identifier: Apache-2.0
/**
 * The command line. {@code Main} lists the commands. No other package depends on this one.
 * Operating system processes and signals are behind interfaces, so that all other classes can be
 * tested without them.
 */
@NullMarked
package io.anteroom.node.cli;

import org.jspecify.annotations.NullMarked;
