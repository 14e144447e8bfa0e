// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/**
 * Marks the messages that nodes send each other; Pekko serializes them with the node's Kryo
 * serializer.
 */
public interface ClusterMessage {}
