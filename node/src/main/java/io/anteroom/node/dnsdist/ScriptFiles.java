// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaFunction;
import io.anteroom.node.lua.LuaScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of one configuration: the main one, and those that it includes while it is loaded. */
final class ScriptFiles {
  private static final int MAX_SIZE = 16 << 20;
  private static final int MAX_FILES = 1_000;

  /** Lua cuts names that are longer; {@code load} of the sandbox cuts them after 40 bytes. */
  private static final int MAX_SHOWN = 40;

  private final Path main;
  private final List<LuaScript> scripts = new ArrayList<>();

  ScriptFiles(Path main) {
    this.main = main;
  }

  /** The functions that the library calls. */
  Map<String, LuaFunction> functions() {
    return Map.of(
        "find_file", given -> find(new Arguments(given).text(0)),
        "included_file", given -> included(Path.of(new Arguments(given).text(0))),
        "directory_files", given -> directory(new Arguments(given).text(0)));
  }

  /** The main file, compiled. */
  LuaScript main() throws InvalidConfiguration {
    try {
      return compiled(main);
    } catch (LuaFailure e) {
      throw new InvalidConfiguration(List.of(e.getMessage()));
    }
  }

  /** All files that were compiled. */
  List<LuaScript> scripts() {
    return scripts;
  }

  /** The name that messages have for the main file. */
  String shown() {
    return shown(main);
  }

  /** A file beside the main one or below is named relative to it. */
  private String shown(Path path) {
    Path directory = main.toAbsolutePath().getParent();
    String text = path.toString();
    if (directory != null && path.startsWith(directory) && !path.equals(main)) {
      text = directory.relativize(path).toString();
    }
    if (text.length() > MAX_SHOWN) {
      text = String.valueOf(path.getFileName());
    }
    return text.substring(Math.max(0, text.length() - MAX_SHOWN));
  }

  private LuaScript compiled(Path path) throws LuaFailure {
    if (scripts.size() == MAX_FILES) {
      throw new LuaFailure("more than " + MAX_FILES + " files");
    }
    byte[] source;
    try {
      if (Files.size(path) > MAX_SIZE) {
        throw new LuaFailure(path + ": has more than " + MAX_SIZE + " bytes");
      }
      source = Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      throw failure(path + ": there is no such file", e);
    } catch (IOException e) {
      throw failure(path + ": can't be read: " + e.getMessage(), e);
    }
    LuaScript script = LuaScript.compile(shown(path), source, Loader.LOADING, MAX_SIZE);
    scripts.add(script);
    return script;
  }

  private static LuaFailure failure(String text, IOException cause) {
    LuaFailure failure = new LuaFailure(text);
    failure.addSuppressed(cause);
    return failure;
  }

  /** Checks a file; returns the name that messages have for it. */
  private Object included(Path path) throws LuaFailure {
    return compiled(path).file();
  }

  /** A path as it is, or else beside the main file; null if neither exists. */
  private @Nullable Object find(String path) {
    if (Files.exists(Path.of(path))) {
      return path;
    }
    Path beside = main.toAbsolutePath().resolveSibling(path);
    return Files.exists(beside) ? beside.toString() : null;
  }

  /** The files of a directory whose names end in {@code .conf}, in order, or an error as text. */
  private Object directory(String path) {
    Object found = find(path);
    if (found == null) {
      return "there is no directory " + path;
    }
    try (Stream<Path> files = Files.list(Path.of(found.toString()))) {
      return files.map(Path::toString).filter(name -> name.endsWith(".conf")).sorted().toList();
    } catch (IOException e) {
      return "can't read " + path + ": " + e.getMessage();
    }
  }
}
