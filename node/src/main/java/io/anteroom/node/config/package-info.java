// SPDX-License-Identifier: Apache-2.0
/**
 * Settings, read from HOCON into typed records and validated. An error names file, line and key,
 * and all errors of a file are reported together. Only this package and the readers of rules use
 * {@code Config} objects.
 */
@NullMarked
package io.anteroom.node.config;

import org.jspecify.annotations.NullMarked;
