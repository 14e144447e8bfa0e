// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version that the build wrote into the jar. */
public final class BuildVersion {
  private static final String BUILD = "/META-INF/maven/io.anteroom/anteroom-node/pom.properties";

  private BuildVersion() {}

  /** The version, or a remark if the classes are not in a jar. */
  public static String text() {
    Properties build = new Properties();
    try (InputStream in = BuildVersion.class.getResourceAsStream(BUILD)) {
      if (in != null) {
        build.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return build.getProperty("version", "(not from a jar)");
  }
}
