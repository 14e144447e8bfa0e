// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import java.io.File;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads the files that a configuration includes: with the path as it is written, relative to the
 * file that includes, and an error if there is none. The library's own would leave out a file that
 * is missing, and fetch what is a URL; a node that starts neither guesses nor asks the network.
 */
final class FileIncluder
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
  /** Files that include one another; a file that includes itself comes to an end here. */
  private static final int MAX_DEPTH = 10;

  private final String name;
  private final @Nullable Path file;
  private final @Nullable Outline outline;
  private final Problems problems;
  private final int depth;

  /** An includer for what this file includes. */
  FileIncluder(Path file, Outline outline, Problems problems, int depth) {
    this.name = file.toString();
    this.file = file;
    this.outline = outline;
    this.problems = problems;
    this.depth = depth;
  }

  private FileIncluder(String name) {
    this.name = name;
    this.file = null;
    this.outline = null;
    this.problems = new Problems();
    this.depth = 0;
  }

  /** Refuses whatever the text of this name includes. */
  static FileIncluder refusing(String name) {
    return new FileIncluder(name);
  }

  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    return include(what);
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    return include(what.getPath());
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
    throw wrong(what.toString(), "only files can be included");
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String what) {
    throw wrong(what, "only files can be included");
  }

  private ConfigObject include(String what) {
    if (file == null) {
      throw wrong(what, "nothing can be included here");
    }
    Path included = file.resolveSibling(what);
    if (depth >= MAX_DEPTH) {
      throw wrong(what, "more than " + MAX_DEPTH + " files include one another");
    } else if (!Files.isRegularFile(included)) {
      throw wrong(what, "no such file: " + included);
    } else if (!Files.isReadable(included)) {
      throw wrong(what, "can't be read: " + included);
    }
    return SettingsSource.included(included, problems, depth + 1);
  }

  private ConfigException wrong(String what, String reason) {
    int line = outline == null ? 0 : outline.lineOfInclude(what);
    return new ConfigException.Parse(
        SettingsSource.origin(name, line), "include \"" + what + "\": " + reason);
  }
}
