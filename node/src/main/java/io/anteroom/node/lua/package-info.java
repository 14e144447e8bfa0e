// SPDX-License-Identifier: Apache-2.0
/**
 * Runs operators' Lua scripts on LuaJIT, within limits of instructions and memory. It knows nothing
 * of DNS.
 */
@NullMarked
package io.anteroom.node.lua;

import org.jspecify.annotations.NullMarked;
