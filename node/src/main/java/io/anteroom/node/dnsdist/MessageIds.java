// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

/**
 * The message IDs that scripts see. They are ours and not those of clients, because scripts use
 * them as keys. For the thread of Lua only.
 */
interface MessageIds {
  /** An id from 0 to 65535 for a question whose script has asked for it. Called once for each. */
  int take(Question question);

  /** Ends the use of the id of a question that was not suspended. */
  void free(int id);

  /** The number of free ids. */
  default int available() {
    return Integer.MAX_VALUE;
  }

  /** The client's own ids, which are not unique. */
  MessageIds OF_CLIENTS =
      new MessageIds() {
        @Override
        public int take(Question question) {
          return question.query().asked().id();
        }

        @Override
        public void free(int id) {}
      };
}
