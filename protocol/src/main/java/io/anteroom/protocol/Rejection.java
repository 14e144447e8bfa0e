// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** Why a node rejects a well-formed verdict. */
public enum Rejection {
  /** The sender is not (yet) registered for the service. */
  STRANGER("the node does not know the sender as a member of this service"),
  /** The key belongs to another service than that of the sender. */
  SERVICE("the query belongs to another service"),
  /** {@link Decision.ToPool}: the node has no such pool. */
  POOL("the node has no upstream pool of that name, so on-timeout decides"),
  /** {@link Decision.ChangeName}: the text is not a domain name. */
  NAME("that is no domain name, so on-timeout decides"),
  /** {@link Decision.Answer}: the message can't be sent to the client. */
  MESSAGE("the message can't be read, or its question is not the query's, so on-timeout decides"),
  /** {@link Decision.Result}: the query waits for no operation. */
  RESULT("the query waits for a verdict and not for the result of an operation"),
  /** Any other decision: the query waits for an operation. */
  OPERATION("the query waits for the result of an operation and not for a verdict");

  private final String text;

  Rejection(String text) {
    this.text = text;
  }

  /** The reason and its effect on the query, for log messages. */
  public String text() {
    return text;
  }
}
