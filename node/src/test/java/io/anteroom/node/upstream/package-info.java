// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.anteroom.node.upstream;

import org.jspecify.annotations.NullMarked;
