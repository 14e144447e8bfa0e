// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.FixedSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.NodeSettingsReader;
import io.anteroom.node.config.PolicySettings;
import io.anteroom.node.config.SettingKeys;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.config.SettingsSource;
import io.anteroom.node.dnsdist.DnsdistConfiguration;
import io.anteroom.node.dnsdist.Translation;
import io.anteroom.node.live.LiveConfiguration;
import io.anteroom.node.live.RulesFile;
import io.anteroom.node.policy.Extension;
import io.anteroom.node.policy.Policies;
import io.anteroom.node.rule.ChainReader;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.rule.RuleContext;
import io.anteroom.node.rule.RuleEdit;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The complete, checked configuration of a node.
 *
 * @param live the settings and rules; includes all that may change while the node runs
 * @param file the file to reload from; null if the configuration is not from a file
 * @param rulesFile the file that stores operators' changes of the rules; null for none
 * @param edits the changes in that file, by their ids
 * @param extra listeners beside those of the file
 * @param fixedKeys the keys set in the file that can't change while the node runs
 */
public record NodeConfiguration(
    LiveConfiguration live,
    @Nullable Path file,
    @Nullable Path rulesFile,
    SortedMap<String, RuleEdit> edits,
    List<ListenerSettings> extra,
    List<String> fixedKeys) {
  private static final String DEFAULTS = "anteroom-default.conf";
  private static final String RULES_FILE = "rules-file";

  /**
   * Reads a file. Keys that it does not set have the default of the reference; filters, rules and
   * zones are only those in the file.
   *
   * @throws InvalidConfiguration with all errors
   */
  public static NodeConfiguration load(Path file) throws InvalidConfiguration {
    return load(file, List.of());
  }

  /**
   * Reads a file, and adds listeners to those in it.
   *
   * @throws InvalidConfiguration with all errors
   */
  public static NodeConfiguration load(Path file, List<ListenerSettings> extra)
      throws InvalidConfiguration {
    return read(SettingsSource.file(file), directory(file), file, Extension.NONE, extra);
  }

  /**
   * Reads a text as if it were a file in the working directory.
   *
   * @throws InvalidConfiguration with all errors
   */
  public static NodeConfiguration parse(String text) throws InvalidConfiguration {
    return read(SettingsSource.text("text", text), Path.of(""), null, Extension.NONE, List.of());
  }

  /**
   * The configuration of a node that is started without one: enough to try it without a network.
   */
  public static NodeConfiguration defaults() {
    return defaults(List.of());
  }

  /** The configuration of a node that is started without one, with more listeners. */
  public static NodeConfiguration defaults(List<ListenerSettings> extra) {
    try {
      ClassLoader loader = NodeConfiguration.class.getClassLoader();
      return read(
          SettingsSource.resource(loader, DEFAULTS), Path.of(""), null, Extension.NONE, extra);
    } catch (InvalidConfiguration e) {
      throw new IllegalStateException(
          "the built-in configuration can't be used here: " + e.getMessage(), e);
    }
  }

  /**
   * Reads the file again for a running node.
   *
   * @throws InvalidConfiguration with all errors, including changes that need a restart
   */
  LiveConfiguration loadAgain(NodeSettings running, Collection<FilterSettings> services)
      throws InvalidConfiguration {
    Path from = file;
    if (from == null) {
      throw new InvalidConfiguration(List.of(live.policies().extension().whyNoReload()));
    }
    Reading reading = Reading.of(SettingsSource.file(from), directory(from), Extension.NONE, extra);
    FixedSettings.check(reading.anteroom, running, services, reading.settings);
    if (!Objects.equals(reading.rulesFile, rulesFile)) {
      FixedSettings.refuse(reading.anteroom, RULES_FILE);
    }
    return reading.finish();
  }

  /**
   * Reads a dnsdist file.
   *
   * @param locals addresses to listen at instead of those in the file; empty for those
   * @throws InvalidConfiguration with all errors, each with its place in the file
   */
  public static NodeConfiguration dnsdist(Path file, List<InetSocketAddress> locals)
      throws InvalidConfiguration {
    DnsdistConfiguration loaded = DnsdistConfiguration.load(file, locals);
    Translation translation = loaded.translation();
    try {
      NodeConfiguration read =
          parse(Translation.NAME, translation.text(), Path.of("").toAbsolutePath(), loaded);
      return read.withWarnings(
          Stream.concat(
                  translation.warnings().stream(),
                  read.warnings().stream().map(translation::placed))
              .toList());
    } catch (InvalidConfiguration e) {
      loaded.close();
      throw new InvalidConfiguration(e.messages().stream().map(translation::placed).toList());
    }
  }

  /**
   * Reads a translation that needs no code.
   *
   * @throws InvalidConfiguration with all errors, each with its place in the dnsdist file
   */
  public static void check(Translation translation) throws InvalidConfiguration {
    try {
      parse(Translation.NAME, translation.text(), Path.of("").toAbsolutePath(), Extension.NONE);
    } catch (InvalidConfiguration e) {
      throw new InvalidConfiguration(e.messages().stream().map(translation::placed).toList());
    }
  }

  private NodeConfiguration withWarnings(List<String> warnings) {
    return new NodeConfiguration(
        new LiveConfiguration(live.settings(), live.chains(), live.policies(), warnings),
        file,
        rulesFile,
        edits,
        extra,
        fixedKeys);
  }

  private static Path directory(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  /**
   * Reads a text as if it were a file in this directory, with code that its rules run.
   *
   * @throws InvalidConfiguration with all errors
   */
  public static NodeConfiguration parse(
      String name, String text, Path directory, Extension extension) throws InvalidConfiguration {
    return read(SettingsSource.text(name, text), directory, null, extension, List.of());
  }

  private static NodeConfiguration read(
      SettingsReader root,
      Path directory,
      @Nullable Path file,
      Extension extension,
      List<ListenerSettings> extra)
      throws InvalidConfiguration {
    Reading reading = Reading.of(root, directory, extension, extra);
    LiveConfiguration live = reading.finish();
    Path rulesFile = reading.rulesFile;
    return new NodeConfiguration(
        live,
        file,
        rulesFile,
        rulesFile == null ? new TreeMap<>() : RulesFile.read(rulesFile),
        extra,
        SettingKeys.fixedIn(reading.anteroom));
  }

  /** A configuration that is being read. */
  private static final class Reading {
    private final SettingsReader root;
    private final SettingsReader anteroom;
    private final NodeSettings settings;
    private final Policies policies;
    private final Chains chains;
    private final @Nullable Path rulesFile;

    static Reading of(
        SettingsReader root, Path directory, Extension extension, List<ListenerSettings> extra)
        throws InvalidConfiguration {
      try {
        return new Reading(root, directory, extension, extra);
      } catch (StackOverflowError e) {
        throw new InvalidConfiguration(
            List.of("the configuration has blocks too deep within one another"));
      }
    }

    private Reading(
        SettingsReader root, Path directory, Extension extension, List<ListenerSettings> extra) {
      root.require("anteroom");
      this.root = root;
      this.anteroom = root.block("anteroom");
      NodeSettings read =
          NodeSettingsReader.read(anteroom, directory)
              .with(extension.services(), settingsOf(extension));
      this.settings = extra.isEmpty() ? read : read.withListeners(extra);
      this.policies = Policies.load(anteroom, settings, extension);
      this.chains =
          ChainReader.read(
              anteroom, RuleContext.read(anteroom, settings, policies.programs(), directory));
      this.rulesFile = anteroom.has(RULES_FILE) ? rulesFile(anteroom, directory) : null;
    }

    private static List<PolicySettings> settingsOf(Extension extension) {
      return extension.programs().values().stream()
          .map(
              program ->
                  new PolicySettings(program.name(), new PolicySettings.Given(), program.onError()))
          .toList();
    }

    private static Path rulesFile(SettingsReader anteroom, Path directory) {
      return anteroom.parsed(
          RULES_FILE,
          directory,
          text -> {
            Path file = directory.toAbsolutePath().resolve(text).normalize();
            Path parent = file.getParent();
            if (text.isBlank() || Files.isDirectory(file)) {
              throw new IllegalArgumentException("must be a file, not " + file);
            } else if (parent == null || !Files.isWritable(parent)) {
              throw new IllegalArgumentException("no directory to write to: " + parent);
            }
            return file;
          });
    }

    LiveConfiguration finish() throws InvalidConfiguration {
      root.finish();
      return new LiveConfiguration(settings, chains, policies, root.warnings());
    }
  }

  public NodeSettings settings() {
    return live.settings();
  }

  public Chains chains() {
    return live.chains();
  }

  /** Warnings about settings that are valid but possibly unintended. */
  public List<String> warnings() {
    return live.warnings();
  }
}
