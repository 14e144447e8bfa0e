// SPDX-License-Identifier: Apache-2.0
/**
 * Receives queries from clients and sends their answers, as bytes. One class for each transport.
 */
@NullMarked
package io.anteroom.node.listener;

import org.jspecify.annotations.NullMarked;
