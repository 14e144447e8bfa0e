// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.anteroom.node.config.InvalidConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A configuration that a test wrote and loaded. */
final class LoadedFile {
  static final List<LibraryPart> PARTS = List.of(new QuestionPart(number -> null));

  private final Path directory;

  /** The directory has a long name, so that messages have that of the file only. */
  LoadedFile(Path directory) {
    this.directory = directory.resolve("a-directory-with-a-name-of-forty-bytes-or-more");
    try {
      Files.createDirectories(this.directory);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  Path directory() {
    return directory;
  }

  /** Writes a file beside the configuration. */
  Path write(String name, String text) {
    try {
      return Files.writeString(directory.resolve(name), text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What a configuration with this text asks for. */
  Model model(String text) {
    try (DnsdistFile file = DnsdistFile.load(write("dnsdist.conf", text), PARTS)) {
      return file.model();
    } catch (InvalidConfiguration e) {
      throw new AssertionError(e);
    }
  }

  /** The only rule of a configuration with this text. */
  Model.Rule rule(String text) {
    List<Model.Rule> rules = model(text).rules();
    assertThat(rules).hasSize(1);
    return rules.get(0);
  }

  /** The selector of a rule with this one. */
  Object match(String selector) {
    return rule("addAction(" + selector + ", DropAction())").match();
  }

  /** The errors that a configuration with this text has. */
  List<String> errors(String text) {
    Path file = write("dnsdist.conf", text);
    return assertThrows(InvalidConfiguration.class, () -> DnsdistFile.load(file, PARTS).close())
        .messages();
  }
}
