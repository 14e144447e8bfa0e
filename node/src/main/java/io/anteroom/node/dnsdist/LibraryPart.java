// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.lua.LuaFunction;
import java.util.List;
import java.util.Map;

/**
 * A part of the library that dnsdist files see. Its scripts run before the operator's file, in the
 * same globals. They get one table as their argument, {@code L}, which {@code core.lua} describes
 * and which all scripts of the library share; the operator's file can't reach it.
 */
public interface LibraryPart {
  /** Functions of Java that the scripts find in {@code L.java}, by name. */
  Map<String, LuaFunction> functions();

  /** Its scripts, in order: resources of this package, such as {@code core.lua}. */
  List<String> scripts();
}
