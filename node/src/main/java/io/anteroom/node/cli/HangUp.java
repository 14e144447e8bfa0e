// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * SIGHUP, which means that the configuration is to be loaded again.
 *
 * <p>Java has no other way to hear of a signal than {@code sun.misc.Signal}, of its module {@code
 * jdk.unsupported}. The compiler warns of that class in a way that can't be switched off for one
 * place, and here warnings are errors; so it is used by reflection, the only such use there is.
 */
final class HangUp {
  private HangUp() {}

  /** Has this run with each such signal, instead of the end of the process. */
  static void handle(Runnable action) {
    InvocationHandler handler =
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "handle" -> {
                action.run();
                yield null;
              }
              case "equals" -> arguments != null && proxy == arguments[0];
              case "hashCode" -> 1;
              default -> "SIGHUP";
            };
    try {
      Class<?> signals = Class.forName("sun.misc.Signal");
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      Object own =
          Proxy.newProxyInstance(handlers.getClassLoader(), new Class<?>[] {handlers}, handler);
      Object signal = signals.getConstructor(String.class).newInstance("HUP");
      var unused = signals.getMethod("handle", signals, handlers).invoke(null, signal, own);
    } catch (ReflectiveOperationException e) {
      // There is no such signal here, or the JVM was told to leave signals alone; then there is the
      // command.
    }
  }
}
