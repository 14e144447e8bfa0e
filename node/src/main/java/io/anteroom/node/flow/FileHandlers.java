// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.util.Iterator;
import java.util.List;

/** The handlers that are told of files now; a reload replaces all of them. Safe for any thread. */
public final class FileHandlers implements Iterable<FileHandler> {
  private volatile List<FileHandler> handlers = List.of();

  /** Replaces the handlers. */
  public void set(List<? extends FileHandler> next) {
    handlers = List.copyOf(next);
  }

  @Override
  public Iterator<FileHandler> iterator() {
    return handlers.iterator();
  }
}
