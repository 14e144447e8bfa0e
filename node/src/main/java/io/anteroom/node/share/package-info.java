// SPDX-License-Identifier: Apache-2.0
/**
 * Small tables that are replicated to all nodes. Each node may change them, and a node that was
 * unreachable receives the changes when it is back. This package knows neither queries nor rules.
 */
@NullMarked
package io.anteroom.node.share;

import org.jspecify.annotations.NullMarked;
