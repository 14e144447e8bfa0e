// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

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
 * @param original what the client asked, if the name has been changed since; else null
 * @param rules the chains that it goes through; not sent to other nodes, since the origin has them
 * @param marks what rules and verdicts left on it
 * @param answer the answer, once there is one: for {@code wire}, with its id, not yet truncated
 * @param cached whether the answer came from the answer cache
 * @param suspensions how often it has been suspended, at most 8
 * @param rounds how often it has been started again, at most twice
 */
public record Query(
    WireQuery wire,
    @Nullable WireQuery original,
    Client client,
    Rules rules,
    Marks marks,
    byte @Nullable [] answer,
    boolean cached,
    int suspensions,
    int rounds)
    implements NoSerializationVerificationNeeded {

  /** A query at the start of its way. */
  public static Query of(WireQuery wire, Client client, Rules rules) {
    return new Query(wire, null, client, rules, Marks.NONE, null, false, 0, 0);
  }

  public Map<String, String> tags() {
    return marks.tags();
  }

  /** The upstream pool chosen so far; null for the default one. */
  public @Nullable String pool() {
    return marks.pool();
  }

  /** The Extended DNS Error that its answer is to carry; null for none. */
  public @Nullable ExtendedError error() {
    return marks.error();
  }

  public Query withPool(String name) {
    return withMarks(marks.withPool(name));
  }

  /** Adds tags; a new one wins over an old one of its name. */
  public Query withTags(Map<String, String> more) {
    return more.isEmpty() ? this : withMarks(marks.withTags(more));
  }

  /** Takes tags away, by name. */
  public Query withoutTags(Set<String> names) {
    return withMarks(marks.withoutTags(names));
  }

  /** The last one counts; null leaves the one that is there. */
  public Query withError(@Nullable ExtendedError last) {
    return last == null ? this : withMarks(marks.withError(last));
  }

  /** The same query, whose answer neither comes from the answer cache nor goes there. */
  public Query withoutCache() {
    return withMarks(marks.withoutCache());
  }

  private Query withMarks(Marks other) {
    return new Query(wire, original, client, rules, other, answer, cached, suspensions, rounds);
  }

  public Query withAnswer(byte[] made) {
    return new Query(wire, original, client, rules, marks, made, false, suspensions, rounds);
  }

  /** The same query, whose answer has been changed on its way to the client. */
  public Query withEdited(byte[] changed) {
    return new Query(wire, original, client, rules, marks, changed, cached, suspensions, rounds);
  }

  public Query withCachedAnswer(byte[] found) {
    return new Query(wire, original, client, rules, marks, found, true, suspensions, rounds);
  }

  /** The same query under another name, without an answer. */
  public Query renamed(WireQuery changed) {
    WireQuery first = original == null ? wire : original;
    return new Query(changed, first, client, rules, marks, null, false, suspensions, rounds);
  }

  /** The query for the target of an alias, with which this one has been answered. */
  public Query chasing(Chase chase, WireQuery target) {
    Marks chasing = marks.withChase(chase);
    return new Query(target, null, client, rules, chasing, null, false, suspensions, rounds);
  }

  /** What waits for its answer, if it is for the target of an alias; else null. */
  public @Nullable Chase chase() {
    return marks.chase();
  }

  /** The same query at the start of its way once more. */
  public Query startedAgain() {
    return new Query(wire, original, client, rules, marks, null, false, suspensions, rounds + 1);
  }

  /** The same query, of whose client upstream servers are told this; null for nothing. */
  public Query withSubnet(@Nullable ClientSubnet told) {
    WireQuery telling = wire.withSubnet(told);
    return new Query(telling, original, client, rules, marks, answer, cached, suspensions, rounds);
  }

  public Query suspendedOnceMore() {
    return new Query(wire, original, client, rules, marks, answer, cached, suspensions + 1, rounds);
  }

  /** What the client asked. */
  public WireQuery asked() {
    return original == null ? wire : original;
  }
}
