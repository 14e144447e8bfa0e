// SPDX-License-Identifier: Apache-2.0
/** The node as a whole: its configuration, and how its parts are connected. */
@NullMarked
package io.anteroom.node;

import org.jspecify.annotations.NullMarked;
