// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * SIGHUP, which makes a node reload its configuration.
 *
 * <p>Java can handle a signal only with {@code sun.misc.Signal}, in the module {@code
 * jdk.unsupported}. The compiler's warning about that class can't be suppressed in one place, and
 * warnings are errors here; so it is used by reflection, which is the only such use.
 */
final class HangUp {
  private HangUp() {}

  /** Runs this action for each signal, instead of ending the process. */
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
      // The system has no such signal, or the JVM runs with -Xrs; the reload command still works.
    }
  }
}
