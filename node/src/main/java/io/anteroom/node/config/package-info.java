// SPDX-License-Identifier: Apache-2.0
/**
 * Typed, validated settings from HOCON. An error names file, line and path, and all errors of a
 * file are told at once. Nothing outside this package and the readers of rules sees a {@code
 * Config}.
 */
@NullMarked
package io.anteroom.node.config;

import org.jspecify.annotations.NullMarked;
