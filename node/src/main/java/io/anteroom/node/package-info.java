// SPDX-License-Identifier: Apache-2.0
/** The node as a whole: what it is configured with, and how its parts are wired. */
@NullMarked
package io.anteroom.node;

import org.jspecify.annotations.NullMarked;
