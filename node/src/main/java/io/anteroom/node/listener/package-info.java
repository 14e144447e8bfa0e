// SPDX-License-Identifier: Apache-2.0
/** Takes queries from clients: bytes in, bytes out. One class for each transport. */
@NullMarked
package io.anteroom.node.listener;

import org.jspecify.annotations.NullMarked;
