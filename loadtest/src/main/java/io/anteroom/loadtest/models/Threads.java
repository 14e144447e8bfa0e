// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.models;

import java.util.concurrent.ThreadFactory;

/** Threads that don't keep the process alive. */
final class Threads {
  private Threads() {}

  static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  static Thread start(String name, Runnable task) {
    Thread thread = daemons(name).newThread(task);
    thread.start();
    return thread;
  }
}
