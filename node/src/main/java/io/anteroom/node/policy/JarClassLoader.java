// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Loads the classes and resources of one jar from memory. Safe for any thread. */
final class JarClassLoader extends ClassLoader {
  static {
    registerAsParallelCapable();
  }

  private final PolicyJar jar;

  JarClassLoader(PolicyJar jar) {
    super("policy:" + jar.name(), ApiClassLoader.INSTANCE);
    this.jar = jar;
  }

  PolicyJar jar() {
    return jar;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] content = jar.entry(name.replace('.', '/') + ".class");
    if (content == null) {
      throw new ClassNotFoundException(name);
    }
    return defineClass(name, content, 0, content.length);
  }

  @Override
  protected @Nullable URL findResource(String name) {
    byte[] content = jar.entry(name);
    if (content == null) {
      return null;
    }
    try {
      return new URL("policy", "", -1, "/" + jar.name() + "!/" + name, new InMemory(content));
    } catch (MalformedURLException e) {
      return null;
    }
  }

  @Override
  protected Enumeration<URL> findResources(String name) {
    URL found = findResource(name);
    return Collections.enumeration(found == null ? List.of() : List.of(found));
  }

  private static final class InMemory extends URLStreamHandler {
    private final byte[] content;

    private InMemory(byte[] content) {
      this.content = content;
    }

    @Override
    protected URLConnection openConnection(URL url) {
      return new URLConnection(url) {
        @Override
        public void connect() {}

        @Override
        public long getContentLengthLong() {
          return content.length;
        }

        @Override
        public InputStream getInputStream() throws IOException {
          return new ByteArrayInputStream(content);
        }
      };
    }
  }
}
