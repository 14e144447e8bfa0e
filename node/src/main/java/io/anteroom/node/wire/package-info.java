// SPDX-License-Identifier: Apache-2.0
/**
 * DNS messages as bytes: header, question and EDNS are read without temporary objects, everything
 * else by dnsjava. This package knows neither sockets nor actors nor rules. Nothing in it throws on
 * malformed bytes: a message that can't be read is a result.
 */
@NullMarked
package io.anteroom.node.wire;

import org.jspecify.annotations.NullMarked;
