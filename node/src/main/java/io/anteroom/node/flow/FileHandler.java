// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/** Is told of the answers that rules write to files; a policy that defines {@code onfile_http}. */
@FunctionalInterface
public interface FileHandler {
  /**
   * Called on the thread that writes the files, after a file is complete. Must not block: a policy
   * hands the call over to its own thread, with a bound, and counts what it does not take.
   */
  void onFile(SpooledFile file);
}
