// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.PolicySettings;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.flow.FileHandler;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.lua.LuaFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The policies of one configuration. They are loaded and checked with it, without running any of
 * their code, and started before the first query; both as a whole or not at all. Queries that wait
 * when others replace them continue under these; a policy is closed and its memory is freed when
 * the last query has gone.
 */
public final class Policies {
  /** No policies. */
  public static final Policies NONE = new Policies(Map.of(), Services.NONE, Extension.NONE);

  private final Map<String, PolicyProgram> programs;
  private final Services services;
  private final Extension extension;

  private Policies(Map<String, PolicyProgram> programs, Services services, Extension extension) {
    this.programs = programs;
    this.services = services;
    this.extension = extension;
  }

  /**
   * Loads the policies; errors are recorded in the reader.
   *
   * @param extension code that comes with the configuration
   */
  public static Policies load(SettingsReader anteroom, NodeSettings settings, Extension extension) {
    Map<String, SettingsReader> blocks = anteroom.namedBlocks("policies");
    Services services = new Services(settings);
    Map<String, PolicyProgram> programs = new LinkedHashMap<>(extension.programs());
    Map<Path, JavaPolicies> jars = new HashMap<>();
    for (PolicySettings policy : settings.policies().values()) {
      if (policy.code() instanceof PolicySettings.Given) {
        continue;
      }
      SettingsReader block = Objects.requireNonNull(blocks.get(policy.name()));
      try {
        if (policy.code() instanceof PolicySettings.Java java) {
          JavaPolicies found = jars.computeIfAbsent(java.directory(), JavaPolicies::read);
          programs.put(
              policy.name(), found.find(policy.name(), java.className(), policy.onError()));
        } else if (policy.code() instanceof PolicySettings.Lua lua
            && !lua.file().toString().isEmpty()) {
          programs.put(policy.name(), LuaPolicy.load(policy, lua, services));
        }
      } catch (LuaFailure e) {
        block.error("file", e.getMessage());
      } catch (PolicyLoadFailure e) {
        block.error("class", e.getMessage());
      }
    }
    return new Policies(programs, services, extension);
  }

  /** The code that comes with the configuration. */
  public Extension extension() {
    return extension;
  }

  /** The programs of the policies, by name. */
  public Map<String, PolicyProgram> programs() {
    return programs;
  }

  /** The policies that are to be told of the files that rules write. */
  public List<FileHandler> fileHandlers() {
    List<FileHandler> handlers = new ArrayList<>();
    for (PolicyProgram program : programs.values()) {
      if (program instanceof LuaPolicy lua && lua.takesFiles()) {
        handlers.add(lua);
      }
    }
    return handlers;
  }

  /**
   * Makes the policies ready for queries. Runs the beginning of each script, so it may take a
   * while.
   *
   * @throws InvalidConfiguration if one can't be started
   */
  public void start(PolicyHost host) throws InvalidConfiguration {
    List<String> errors = new ArrayList<>();
    for (PolicyProgram program : programs.values()) {
      try {
        if (program instanceof LuaPolicy lua) {
          lua.start(host);
        } else if (program instanceof JavaPolicy java) {
          java.start(services.environment(host));
        }
      } catch (LuaFailure | PolicyLoadFailure e) {
        errors.add("policy " + program.name() + ": " + e.getMessage());
      }
    }
    if (errors.isEmpty()) {
      extension.start(host);
    } else {
      close();
      throw new InvalidConfiguration(errors);
    }
  }

  /** Closes the policies at once; queries that still come to them fail. */
  public void close() {
    extension.close();
    for (PolicyProgram program : programs.values()) {
      if (program instanceof JavaPolicy java) {
        java.close();
      } else if (program instanceof LuaPolicy lua) {
        lua.close();
      }
    }
  }
}
