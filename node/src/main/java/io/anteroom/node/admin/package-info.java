// SPDX-License-Identifier: Apache-2.0
/**
 * Looking into a node and telling it what to do, over HTTP: metrics, health, the suspended queries
 * of the whole cluster, the filter services. Nothing here runs on an event loop, and nothing that
 * decides about queries depends on it.
 */
@NullMarked
package io.anteroom.node.admin;

import org.jspecify.annotations.NullMarked;
