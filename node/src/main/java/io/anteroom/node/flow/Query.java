// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.wire.ClientSubnet;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.jspecify.annotations.Nullable;

/**
 * One question from one client on its way through the chains. Immutable.
 *
 * @param wire the question as it is asked now
 * @param rules the chains that it goes through; not sent to other nodes, since the origin has them
 * @param marks what rules and verdicts left on it
 * @param history what has happened to it
 * @param answer the answer, once there is one: for {@code wire}, with its id, not yet truncated
 * @param cached whether the answer came from the answer cache
 */
public record Query(
    WireQuery wire,
    Client client,
    Rules rules,
    Marks marks,
    History history,
    byte @Nullable [] answer,
    boolean cached)
    implements NoSerializationVerificationNeeded {

  /** A query at the start of its way. */
  public static Query of(WireQuery wire, Client client, Rules rules) {
    return new Query(wire, client, rules, Marks.NONE, History.NONE, null, false);
  }

  public Map<String, String> tags() {
    return marks.tags();
  }

  /** The upstream pool chosen so far; null for the default one. */
  public @Nullable String pool() {
    return marks.pool();
  }

  /** The name of the upstream pool that would be asked now. */
  public String poolName() {
    String chosen = marks.pool();
    return chosen == null ? PoolSettings.DEFAULT : chosen;
  }

  /** The Extended DNS Error that its answer is to carry; null for none. */
  public @Nullable ExtendedError error() {
    return marks.error();
  }

  /** What waits for its answer, if it is for the target of an alias; else null. */
  public @Nullable Chase chase() {
    return marks.chase();
  }

  /** What the client asked. */
  public WireQuery asked() {
    WireQuery original = history.original();
    return original == null ? wire : original;
  }

  /** How often it has been suspended. */
  public int suspensions() {
    return history.suspensions();
  }

  /** How often it has been started again. */
  public int rounds() {
    return history.rounds();
  }

  public Query withPool(String name) {
    return with(marks.withPool(name));
  }

  /** Adds tags; a new one wins over an old one of its name. */
  public Query withTags(Map<String, String> more) {
    return more.isEmpty() ? this : with(marks.withTags(more));
  }

  /** Takes tags away, by name. */
  public Query withoutTags(Set<String> names) {
    return with(marks.withoutTags(names));
  }

  /** The last one counts; null leaves the one that is there. */
  public Query withError(@Nullable ExtendedError last) {
    return last == null ? this : with(marks.withError(last));
  }

  /** The same query, whose answer neither comes from the answer cache nor goes there. */
  public Query withoutCache() {
    return with(marks.withoutCache());
  }

  public Query withAnswer(byte[] made) {
    return with(made, false);
  }

  public Query withCachedAnswer(byte[] found) {
    return with(found, true);
  }

  /** The same query, whose answer has been changed on its way to the client. */
  public Query withEdited(byte[] changed) {
    return with(changed, cached);
  }

  /** The same query, of whose client upstream servers are told this; null for nothing. */
  public Query withSubnet(@Nullable ClientSubnet told) {
    return new Query(wire.withSubnet(told), client, rules, marks, history, answer, cached);
  }

  /** The same query under another name, without an answer. */
  public Query renamed(WireQuery changed) {
    return new Query(changed, client, rules, marks, history.withOriginal(wire), null, false);
  }

  /** The query for the target of an alias, with which this one has been answered. */
  public Query chasing(Chase chase, WireQuery target) {
    return new Query(
        target, client, rules, marks.withChase(chase), history.withoutOriginal(), null, false);
  }

  public Query suspendedOnceMore() {
    return new Query(wire, client, rules, marks, history.suspendedOnceMore(), answer, cached);
  }

  /** The same query at the start of its way once more, without an answer. */
  public Query startedAgain() {
    return new Query(wire, client, rules, marks, history.startedAgain(), null, false);
  }

  private Query with(Marks other) {
    return new Query(wire, client, rules, other, history, answer, cached);
  }

  private Query with(byte[] message, boolean fromCache) {
    return new Query(wire, client, rules, marks, history, message, fromCache);
  }
}
