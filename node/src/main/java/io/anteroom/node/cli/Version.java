// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version, as the build has left it in the jar. */
final class Version implements IVersionProvider {
  private static final String BUILD = "/META-INF/maven/io.anteroom/anteroom-node/pom.properties";

  @Override
  public String[] getVersion() throws IOException {
    Properties build = new Properties();
    try (InputStream in = Version.class.getResourceAsStream(BUILD)) {
      if (in != null) {
        build.load(in);
      }
    }
    String version = build.getProperty("version", "(not from a jar)");
    return new String[] {Console.NAME + " " + version + ", Java " + Runtime.version().feature()};
  }
}
