// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaState;
import java.nio.file.Path;
import java.util.List;

/**
 * A dnsdist configuration that was loaded: the program has run, and the functions that it passed on
 * can be called. The thread that loads it may be another one than the thread that later calls its
 * functions, if something orders the two.
 */
public final class DnsdistFile implements AutoCloseable {
  private final Path file;
  private final LuaState state;
  private final Model model;

  private DnsdistFile(Path file, LuaState state, Model model) {
    this.file = file;
    this.state = state;
    this.model = model;
  }

  /**
   * Loads a configuration. Blocks while it reads files; opens no socket.
   *
   * @param file the configuration
   * @param parts what the library has beside what this package always defines
   * @throws InvalidConfiguration with all errors, as {@code file:line: text}; nothing is left open
   */
  public static DnsdistFile load(Path file, List<LibraryPart> parts) throws InvalidConfiguration {
    return load(file, parts, Loader.LOADING);
  }

  /** The same with these limits while it is loaded. */
  static DnsdistFile load(Path file, List<LibraryPart> parts, LuaLimits limits)
      throws InvalidConfiguration {
    Loader loader = new Loader(file, parts, limits);
    return new DnsdistFile(file, loader.state(), loader.load());
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** What the file asked for. */
  public Model model() {
    return model;
  }

  /** The state in which its functions run, on one thread. */
  public LuaState state() {
    return state;
  }

  /** Frees the state. */
  @Override
  public void close() {
    state.close();
  }
}
