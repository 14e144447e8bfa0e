// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.protocol.policy.Policy;
import io.anteroom.protocol.policy.PolicyApi;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles policies as their authors do, against the API alone, and packs them into jars. */
final class PolicyJars {
  static final String SERVICES = "META-INF/services/" + Policy.class.getName();

  private static final List<String> API =
      List.of("io/anteroom/protocol", "io/anteroom/protocol/policy");

  private final Path work;
  private final Path api;

  /** Works in a directory, where it puts the classes of the API. */
  PolicyJars(Path work) throws IOException {
    this.work = work;
    this.api = copyApi(work.resolve("api"));
  }

  /** A directory with the classes of the API, and nothing that they may need. */
  Path api() {
    return api;
  }

  private static Path copyApi(Path to) throws IOException {
    try {
      Path from = Path.of(Policy.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(from)) {
        return copyApi(from, to);
      }
      try (FileSystem jar = FileSystems.newFileSystem(from)) {
        return copyApi(jar.getPath("/"), to);
      }
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static Path copyApi(Path from, Path to) throws IOException {
    for (String directory : API) {
      Files.createDirectories(to.resolve(directory));
      try (Stream<Path> files = Files.list(from.resolve(directory))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
          Files.copy(file, to.resolve(directory).resolve(file.getFileName().toString()));
        }
      }
    }
    return to;
  }

  /**
   * Compiles classes.
   *
   * @param sources the source of each class by its full name
   * @param classPath what they see besides the API
   * @return the content of the class files by their path in a jar
   */
  Map<String, byte[]> compile(Map<String, String> sources, Path... classPath) throws IOException {
    Path classes = Files.createTempDirectory(work, "classes");
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringBuilder path = new StringBuilder(api.toString());
    for (Path more : classPath) {
      path.append(System.getProperty("path.separator")).append(more);
    }
    Writer errors = new StringWriter();
    List<String> options =
        List.of("-d", classes.toString(), "-cp", path.toString(), "-proc:none", "--release", "17");
    List<Source> units =
        sources.entrySet().stream().map(e -> new Source(e.getKey(), e.getValue())).toList();
    if (!compiler.getTask(errors, null, null, options, null, units).call()) {
      throw new IllegalArgumentException(errors.toString());
    }
    return filesOf(classes);
  }

  private static Map<String, byte[]> filesOf(Path directory) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(directory.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  /** Compiles a class and packs it as a policy. */
  Path jar(Path file, String className, String source) throws IOException {
    return pack(file, PolicyApi.VERSION, compile(Map.of(className, source)), className);
  }

  /**
   * Packs files into a jar.
   *
   * @param version the version of the API in the manifest; empty for none
   * @param providers the classes that are named as policies
   */
  static Path pack(Path file, String version, Map<String, byte[]> files, String... providers)
      throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    if (!version.isEmpty()) {
      manifest.getMainAttributes().putValue(PolicyApi.ATTRIBUTE, version);
    }
    Map<String, byte[]> all = new LinkedHashMap<>(files);
    if (providers.length > 0) {
      all.put(SERVICES, String.join("\n", providers).getBytes(StandardCharsets.UTF_8));
    }
    Files.createDirectories(file.getParent());
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file), manifest)) {
      all.forEach((name, content) -> put(jar, name, content));
    }
    return file;
  }

  private static void put(JarOutputStream jar, String name, byte[] content) {
    try {
      jar.putNextEntry(new JarEntry(name));
      jar.write(content);
      jar.closeEntry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The source of a policy of package {@code com.example}.
   *
   * @param members what the class has besides {@code onQuery}
   * @param onQuery the body of {@code onQuery}
   */
  static String policy(String simpleName, String members, String onQuery) {
    return """
        package com.example;
        import io.anteroom.protocol.*;
        import io.anteroom.protocol.policy.*;
        import java.net.InetAddress;
        import java.util.*;
        public class %s implements Policy {
          %s
          @Override public Outcome onQuery(PolicyQuery query) {
            %s
          }
        }
        """
        .formatted(simpleName, members, onQuery);
  }

  /** The member for a policy that needs nothing to start. */
  static final String STARTS = "@Override public void start(PolicySetup setup) {}";

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    private Source(String className, String text) {
      super(
          URI.create("string:///" + className.replace('.', '/') + ".java"),
          JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
