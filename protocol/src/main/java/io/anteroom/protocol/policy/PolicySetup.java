// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.policy;

/**
 * What a policy tells the node when it starts: the services, pools, routes and variables that it
 * will use. What the configuration does not have is an error then, and not at the first query: a
 * policy that does not catch the {@link PolicyException} does not start.
 *
 * <p>Valid during {@link Policy#start} only, and for its thread; later each method throws an {@link
 * IllegalStateException}. Names have 1 to 255 characters; others are an {@link
 * IllegalArgumentException}.
 */
public interface PolicySetup {
  /** Maximum number of variables of one policy. */
  int MAX_VARIABLES = 64;

  /** The name of the policy in the configuration. */
  String name();

  /**
   * Registers a method that continues queries after an operation.
   *
   * @param name what {@link Outcome#async} calls it
   * @throws IllegalArgumentException if there is a route of this name already
   */
  void route(String name, Route route);

  /**
   * Says that the policy will use this operation service, one of {@code operations.NAME} in the
   * configuration.
   *
   * @throws PolicyException if there is none
   */
  void operation(String name) throws PolicyException;

  /**
   * Says that the policy will suspend queries for this filter service, one of {@code filters.NAME}
   * in the configuration.
   *
   * @throws PolicyException if there is none
   */
  void filter(String name) throws PolicyException;

  /**
   * Says that the policy will choose this upstream pool, one of {@code upstreams.NAME} in the
   * configuration.
   *
   * @throws PolicyException if there is none
   */
  void pool(String name) throws PolicyException;

  /**
   * Declares variables that survive operations: the names of what may be passed to {@link
   * Outcome#async} and {@link Outcome#ask}. May be called more than once.
   *
   * @param names at most {@value #MAX_VARIABLES} in all
   */
  void variables(String... names);

  /**
   * A handle that starts operations for which no query waits. It stays valid until the policy is
   * closed.
   */
  Launcher launcher();
}
