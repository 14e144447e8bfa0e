// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.anteroom.node.resolver;

import org.jspecify.annotations.NullMarked;
