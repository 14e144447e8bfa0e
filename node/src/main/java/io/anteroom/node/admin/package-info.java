// SPDX-License-Identifier: Apache-2.0
/**
 * The HTTP interface for operators: metrics, health, suspended queries of the whole cluster, filter
 * services, rules, caches. Nothing here runs on an event loop, and query processing does not depend
 * on it.
 */
@NullMarked
package io.anteroom.node.admin;

import org.jspecify.annotations.NullMarked;
