// SPDX-License-Identifier: Apache-2.0
/**
 * The API for authors of policies: code of an operator that a rule runs for a query inside the
 * node.
 *
 * <p>A policy is a public class with a public constructor without parameters that implements {@link
 * io.anteroom.protocol.policy.Policy}. Its jar names it in {@code
 * META-INF/services/io.anteroom.protocol.policy.Policy}, and has the attribute {@code
 * Anteroom-Policy-Api: 1} in its manifest. It sees the JDK, {@code io.anteroom.protocol}, this
 * package and {@code org.slf4j}, and nothing else of the node; every other library that it uses
 * must be inside of the jar. Nothing here may use Pekko, Netty or Kryo.
 */
@NullMarked
package io.anteroom.protocol.policy;

import org.jspecify.annotations.NullMarked;
