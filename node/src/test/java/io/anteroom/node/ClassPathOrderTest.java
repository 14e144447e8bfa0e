// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.io.File;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program that embeds a node may have any order of its class path. */
final class ClassPathOrderTest {
  private static final List<String> SETTINGS =
      List.of(
          "anteroom.admin.type",
          "pekko.scheduler.ticks-per-wheel",
          "pekko.actor.default-dispatcher.executor",
          "pekko.cluster.sharding.passivation.strategy",
          "pekko.cluster.sharding.distributed-data.gossip-interval",
          "pekko.cluster.distributed-data.role",
          "pekko.coordinated-shutdown.phases.cluster-exiting.timeout",
          "pekko.http.server.parsing.max-header-count");

  private static URL url(String entry) {
    try {
      return Path.of(entry).toUri().toURL();
    } catch (MalformedURLException e) {
      throw new AssertionError(e);
    }
  }

  private static List<URL> classPath() {
    if (ClassPathOrderTest.class.getClassLoader() instanceof URLClassLoader loader) {
      return List.of(loader.getURLs());
    }
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(ClassPathOrderTest::url)
        .toList();
  }

  /** The settings as a program sees them that has Pekko's jars first or last. */
  private static List<String> settings(boolean pekkoFirst) throws Exception {
    URL[] urls =
        classPath().stream()
            .sorted(Comparator.comparing(url -> url.getPath().contains("pekko") != pekkoFirst))
            .toArray(URL[]::new);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
      thread.setContextClassLoader(loader);
      Method local = loader.loadClass(PekkoSettings.class.getName()).getDeclaredMethod("local");
      local.setAccessible(true);
      Object config = local.invoke(null);
      Method get = loader.loadClass(Config.class.getName()).getMethod("getString", String.class);
      List<String> values = new ArrayList<>();
      for (String setting : SETTINGS) {
        values.add(String.valueOf(get.invoke(config, setting)));
      }
      return values;
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void settingsOfTheNode_replaceThoseOfPekko_inAnyOrder(boolean pekkoFirst) throws Exception {
    assertThat(settings(pekkoFirst))
        .containsExactly(
            "Dispatcher",
            "16384",
            "io.anteroom.node.net.SurvivingExecutor$ForkJoin",
            "none",
            "1s",
            "node",
            "3s",
            "32");
  }
}
