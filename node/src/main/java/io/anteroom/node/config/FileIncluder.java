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
 * Reads included files of a configuration. A path is relative to the including file, and a missing
 * file is an error. The library's own includer would ignore a missing file and fetch URLs.
 */
final class FileIncluder
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
  /** The maximum depth of includes, which also ends a file that includes itself. */
  private static final int MAX_DEPTH = 10;

  private final String name;
  private final @Nullable Path file;
  private final @Nullable Outline outline;
  private final Problems problems;
  private final int depth;

  /** Creates an includer for the includes of this file. */
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

  /** An includer that refuses all includes in the text of this name. */
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
