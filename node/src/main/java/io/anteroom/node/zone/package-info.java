// SPDX-License-Identifier: Apache-2.0
/** Local data: zones that the node answers itself. */
@NullMarked
package io.anteroom.node.zone;

import org.jspecify.annotations.NullMarked;
