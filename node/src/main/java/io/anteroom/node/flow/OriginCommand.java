// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/** A message to an origin. Each listener defines further ones, which it sends to itself. */
public interface OriginCommand {}
