// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parent of the class loaders of all policies. It shows the JDK and the packages of the API,
 * and nothing else of the node: a policy can neither use nor clash with the node's libraries.
 */
final class ApiClassLoader extends ClassLoader {
  static final ApiClassLoader INSTANCE = new ApiClassLoader();

  private static final Set<String> PACKAGES =
      Set.of(
          "io.anteroom.protocol",
          "io.anteroom.protocol.policy",
          "org.slf4j",
          "org.slf4j.event",
          "org.slf4j.helpers",
          "org.slf4j.spi",
          "org.jspecify.annotations");

  static {
    registerAsParallelCapable();
  }

  private final @Nullable ClassLoader node = ApiClassLoader.class.getClassLoader();

  private ApiClassLoader() {
    super("policy-api", ClassLoader.getPlatformClassLoader());
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    String itsPackage = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    if (PACKAGES.contains(itsPackage)) {
      return Class.forName(name, false, node);
    }
    throw new ClassNotFoundException(name);
  }
}
