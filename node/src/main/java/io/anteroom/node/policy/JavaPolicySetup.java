// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.config.SettingsReader;
import io.anteroom.protocol.policy.Launcher;
import io.anteroom.protocol.policy.Outcome;
import io.anteroom.protocol.policy.PolicyException;
import io.anteroom.protocol.policy.PolicySetup;
import io.anteroom.protocol.policy.Route;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Collects what a policy says when it starts. For the thread that starts it. */
final class JavaPolicySetup implements PolicySetup {
  private final String policy;
  private final PolicyEnvironment environment;
  private final JavaLauncher launcher;
  private final Map<String, Route> routes = new HashMap<>();
  private final Map<String, Integer> operations = new HashMap<>();
  private final Map<String, Integer> filters = new HashMap<>();
  private final Set<String> variables = new HashSet<>();
  private boolean isOver;

  JavaPolicySetup(String policy, PolicyEnvironment environment, JavaLauncher launcher) {
    this.policy = policy;
    this.environment = environment;
    this.launcher = launcher;
  }

  /**
   * What a started policy may use.
   *
   * @param operations the asyncIDs of the operations that it named
   * @param filters the asyncIDs of the filters that it named
   * @param pools the names of all upstream pools
   * @param variables the variables that it declared
   */
  record Declared(
      Map<String, Route> routes,
      Map<String, Integer> operations,
      Map<String, Integer> filters,
      Set<String> pools,
      Set<String> variables) {
    Declared {
      routes = Map.copyOf(routes);
      operations = Map.copyOf(operations);
      filters = Map.copyOf(filters);
      variables = Set.copyOf(variables);
    }
  }

  /** What the policy has said; it can't say more afterwards. */
  Declared finish() {
    isOver = true;
    return new Declared(routes, operations, filters, environment.pools(), variables);
  }

  @Override
  public String name() {
    return policy;
  }

  @Override
  public void route(String name, Route route) {
    check(name, "route");
    Objects.requireNonNull(route, "the route is null");
    if (routes.putIfAbsent(name, route) != null) {
      throw new IllegalArgumentException("the route \"" + name + "\" is there already");
    }
  }

  @Override
  public void operation(String name) throws PolicyException {
    check(name, "operation");
    operations.put(name, find("operation", name, environment.operations()));
    launcher.allow(operations);
  }

  @Override
  public void filter(String name) throws PolicyException {
    check(name, "filter");
    filters.put(name, find("filter", name, environment.filters()));
  }

  @Override
  public void pool(String name) throws PolicyException {
    check(name, "pool");
    if (!environment.pools().contains(name)) {
      throw unknown("upstream pool", name, environment.pools());
    }
  }

  @Override
  public void variables(String... names) {
    for (String name : names) {
      check(name, "variable");
      variables.add(name);
      if (variables.size() > MAX_VARIABLES) {
        throw new IllegalArgumentException("more than " + MAX_VARIABLES + " variables");
      }
    }
  }

  @Override
  public Launcher launcher() {
    check();
    return launcher;
  }

  private void check() {
    if (isOver) {
      throw new IllegalStateException("the start of the policy is over");
    }
  }

  private void check(String name, String of) {
    check();
    if (name.isEmpty() || name.length() > Outcome.MAX_NAME) {
      throw new IllegalArgumentException(
          "the name of a " + of + " must have 1 to " + Outcome.MAX_NAME + " characters");
    }
  }

  private static Integer find(String kind, String name, Map<String, Integer> known)
      throws PolicyException {
    Integer asyncId = known.get(name);
    if (asyncId == null) {
      throw unknown(kind, name, known.keySet());
    }
    return asyncId;
  }

  private static PolicyException unknown(String kind, String name, Set<String> known) {
    return new PolicyException(kind + " " + SettingsReader.unknown(name, known));
  }
}
