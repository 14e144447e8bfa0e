// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.ServerText;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The setter calls of a builder, in order. They are repeated when a file that they read may have
 * changed.
 *
 * @param systemFile resolv.conf, if a setter reads it
 * @param ports the ports of servers that are written without one
 */
record Recipe(List<Consumer<Options>> steps, @Nullable Path systemFile, ServerText.Ports ports) {
  Recipe {
    steps = List.copyOf(steps);
  }

  /**
   * Repeats the setter calls.
   *
   * @throws IllegalArgumentException if an option is outside its limits; the message names it
   */
  Settings settings() {
    Options options = new Options(ports);
    steps.forEach(step -> step.accept(options));
    Settings settings = options.settings();
    OptionLimits.check(settings);
    return settings;
  }
}
