// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.config.Policy;
import io.anteroom.node.config.SettingsReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * The Java policies in the jars of one directory. Each jar has a class loader of its own, which
 * shows the JDK and the API only, so two jars may have different versions of one library.
 *
 * <p>{@link #read} loads the classes without running any code of them; {@link JavaPolicy#start}
 * does. The files are not used afterwards, so they may be replaced at any time; the next reload
 * reads them again. Immutable.
 */
public final class JavaPolicies {
  private static final int MAX_JARS = 100;
  private static final int MAX_DEPTH = 4;
  private static final int MAX_PROVIDERS = 1_000;

  private final Path directory;
  private final Map<String, Found> found = new HashMap<>();
  private final List<JarClassLoader> loaders = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private record Found(
      ServiceLoader.Provider<io.anteroom.protocol.policy.Policy> provider, JarClassLoader loader) {}

  private JavaPolicies(Path directory) {
    this.directory = directory;
  }

  /**
   * Reads all files {@code *.jar} below a directory, up to four levels deep; those with a dot at
   * the start of their name, or of a directory on the way, are left out. Never throws; see {@link
   * #problems}. Blocks while it reads the files.
   */
  public static JavaPolicies read(Path directory) {
    JavaPolicies policies = new JavaPolicies(directory);
    policies.list().forEach(policies::readJar);
    return policies;
  }

  /**
   * What is wrong in the directory, a sentence each: a jar that can't be used, or two jars with the
   * same policy. An empty or missing directory is no problem until a policy is looked for there.
   */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  /**
   * Finds a policy. None of its code runs.
   *
   * @param name its name in the configuration
   * @param className the class of the author, a provider of {@code Policy}
   * @param onError what happens to a query whose call fails
   * @throws PolicyLoadFailure if no jar has it, or a jar of the directory can't be used
   */
  public JavaPolicy find(String name, String className, Policy onError) throws PolicyLoadFailure {
    if (!problems.isEmpty()) {
      throw new PolicyLoadFailure(problems.get(0));
    }
    Found policy = found.get(className);
    if (policy == null) {
      throw new PolicyLoadFailure(missing(className));
    }
    return new JavaPolicy(name, onError, policy.provider, policy.loader);
  }

  private String missing(String className) {
    String file = className.replace('.', '/') + ".class";
    for (JarClassLoader loader : loaders) {
      if (loader.jar().entry(file) != null) {
        return "%s has the class %s, but does not name it in META-INF/services/%s"
            .formatted(
                loader.jar().name(), className, io.anteroom.protocol.policy.Policy.class.getName());
      }
    }
    if (!Files.isDirectory(directory)) {
      return "there is no directory %s for the jar of policy %s".formatted(directory, className);
    }
    return "in the jars of %s, policy %s"
        .formatted(directory, SettingsReader.unknown(className, found.keySet()));
  }

  private List<Path> list() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.find(directory, MAX_DEPTH, (file, about) -> isJar(file))) {
      List<Path> jars = files.sorted().limit(MAX_JARS + 1L).toList();
      if (jars.size() > MAX_JARS) {
        problems.add("%s has more than %d jars".formatted(directory, MAX_JARS));
        return List.of();
      }
      return jars;
    } catch (IOException | UncheckedIOException e) {
      problems.add("%s can't be read: %s".formatted(directory, e.getMessage()));
      return List.of();
    }
  }

  private boolean isJar(Path file) {
    // Kubernetes keeps the files of a volume in a hidden directory, and links to them.
    for (Path part : directory.relativize(file)) {
      if (part.toString().startsWith(".")) {
        return false;
      }
    }
    return file.toString().endsWith(".jar") && !Files.isDirectory(file);
  }

  private void readJar(Path file) {
    try {
      PolicyJar jar = PolicyJar.read(file, directory.relativize(file).toString());
      JarClassLoader loader = new JarClassLoader(jar);
      loaders.add(loader);
      for (ServiceLoader.Provider<io.anteroom.protocol.policy.Policy> provider :
          providers(loader)) {
        add(new Found(provider, loader));
      }
    } catch (PolicyLoadFailure e) {
      problems.add(e.getMessage());
    }
  }

  private void add(Found policy) {
    String className = policy.provider.type().getName();
    Found other = found.putIfAbsent(className, policy);
    if (other != null) {
      problems.add(
          "both %s and %s have the policy %s"
              .formatted(other.loader.jar().name(), policy.loader.jar().name(), className));
    }
  }

  private static List<ServiceLoader.Provider<io.anteroom.protocol.policy.Policy>> providers(
      JarClassLoader loader) throws PolicyLoadFailure {
    String jar = loader.jar().name();
    try {
      List<ServiceLoader.Provider<io.anteroom.protocol.policy.Policy>> providers =
          ServiceLoader.load(io.anteroom.protocol.policy.Policy.class, loader).stream()
              .limit(MAX_PROVIDERS)
              .toList();
      if (providers.isEmpty()) {
        throw new PolicyLoadFailure(
            "%s names no policy in META-INF/services/%s"
                .formatted(jar, io.anteroom.protocol.policy.Policy.class.getName()));
      }
      return providers;
    } catch (ServiceConfigurationError | LinkageError e) {
      throw new PolicyLoadFailure(
          "%s can't be used: %s".formatted(jar, AuthorErrors.text(e, loader)));
    }
  }
}
