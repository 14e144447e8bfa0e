// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** Why a node does not take a verdict that is well formed. */
public enum Rejection {
  /** Its sender is not registered for the service, or not yet. */
  STRANGER("the node does not know the sender as a member of this service"),
  /** Its key belongs to another service than that of its sender. */
  SERVICE("the query belongs to another service"),
  /** {@link Decision.ToPool}: there is no such pool. */
  POOL("the node has no upstream pool of that name, so on-timeout decides"),
  /** {@link Decision.ChangeName}: it can't be asked for. */
  NAME("that is no domain name, so on-timeout decides"),
  /** {@link Decision.Answer}: it can't be given to the client. */
  MESSAGE("the message can't be read, or its question is not the query's, so on-timeout decides");

  private final String text;

  Rejection(String text) {
    this.text = text;
  }

  /** What is wrong, and what becomes of the query, for messages. */
  public String text() {
    return text;
  }
}
