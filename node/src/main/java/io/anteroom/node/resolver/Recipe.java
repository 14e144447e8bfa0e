// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.ServerText;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a builder was told, in that order, to be carried out whenever the files that it names may
 * say something else.
 *
 * @param systemFile resolv.conf, if it is one of them
 * @param ports for servers that are written without one
 */
record Recipe(List<Consumer<Options>> steps, @Nullable Path systemFile, ServerText.Ports ports) {
  Recipe {
    steps = List.copyOf(steps);
  }

  /**
   * Carries it out.
   *
   * @throws IllegalArgumentException names the option that is not within its limits
   */
  Settings settings() {
    Options options = new Options(ports);
    steps.forEach(step -> step.accept(options));
    Settings settings = options.settings();
    OptionLimits.check(settings);
    return settings;
  }
}
