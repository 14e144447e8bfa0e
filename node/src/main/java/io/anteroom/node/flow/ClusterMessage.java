// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/** Marks what nodes send one another and binds it to the node's Kryo serializer. */
public interface ClusterMessage {}
