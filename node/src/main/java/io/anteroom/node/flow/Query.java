// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.wire.ClientSubnet;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.jspecify.annotations.Nullable;

/**
 * One question from one client, with everything known about it while it goes through the chains.
 * Immutable.
 *
 * @param wire the current question; its name may differ from the client's
 * @param rules the chains that it goes through; not sent to other nodes, since the origin has them
 * @param marks what rules and verdicts attached to it
 * @param history how often it was renamed, suspended and restarted
 * @param answer the answer to {@code wire}, with its message ID, not yet truncated; null until
 *     there is one
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

  /** A new query, before the first chain. */
  public static Query of(WireQuery wire, Client client, Rules rules) {
    return new Query(wire, client, rules, Marks.NONE, History.NONE, null, false);
  }

  public Map<String, String> tags() {
    return marks.tags();
  }

  /** The upstream pool chosen so far; null for the default pool. */
  public @Nullable String pool() {
    return marks.pool();
  }

  /** The name of the upstream pool that would be asked now, never null. */
  public String poolName() {
    String chosen = marks.pool();
    return chosen == null ? PoolSettings.DEFAULT : chosen;
  }

  /** The Extended DNS Error (RFC 8914) for its answer; null for none. */
  public @Nullable ExtendedError error() {
    return marks.error();
  }

  /** The query that waits for the answer, if this one is for the target of an alias; else null. */
  public @Nullable Chase chase() {
    return marks.chase();
  }

  /** Where its policy goes on, while the query waits for an operation; else null. */
  public @Nullable Continuation continuation() {
    return marks.continuation();
  }

  /** The question as the client sent it. */
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

  /** Adds tags; a new tag replaces an old one of the same name. */
  public Query withTags(Map<String, String> more) {
    return more.isEmpty() ? this : with(marks.withTags(more));
  }

  /** Removes the tags of these names. */
  public Query withoutTags(Set<String> names) {
    return with(marks.withoutTags(names));
  }

  /** Sets the Extended DNS Error, replacing an earlier one; null changes nothing. */
  public Query withError(@Nullable ExtendedError last) {
    return last == null ? this : with(marks.withError(last));
  }

  /** The same query, but it bypasses the answer cache, for reading and writing. */
  public Query withoutCache() {
    return with(marks.withSkipCache(true));
  }

  /** The same query, which uses the answer cache or bypasses it. */
  public Query withSkipCache(boolean skip) {
    return skip == marks.skipCache() ? this : with(marks.withSkipCache(skip));
  }

  public Query withAnswer(byte[] made) {
    return with(made, false);
  }

  public Query withCachedAnswer(byte[] found) {
    return with(found, true);
  }

  /** The same query with a modified answer; whether it came from the cache stays as it was. */
  public Query withEdited(byte[] changed) {
    return with(changed, cached);
  }

  /** The same query with this EDNS Client Subnet (RFC 7871) for upstream servers; null for none. */
  public Query withSubnet(@Nullable ClientSubnet told) {
    return new Query(wire.withSubnet(told), client, rules, marks, history, answer, cached);
  }

  /** The same query with other flags or EDNS, for the same question. */
  public Query withWire(WireQuery changed) {
    return new Query(changed, client, rules, marks, history.withOriginal(wire), answer, cached);
  }

  /** The same query with a changed name and without an answer. */
  public Query renamed(WireQuery changed) {
    return new Query(
        changed, client, rules, marks.withUnstored(null), history.withOriginal(wire), null, false);
  }

  /** The query for the target of an alias that is the answer to this query. */
  public Query chasing(Chase chase, WireQuery target) {
    return new Query(
        target, client, rules, marks.withChase(chase), history.withoutOriginal(), null, false);
  }

  /** The same query, which waits for an operation, or with null no longer does. */
  public Query withContinuation(@Nullable Continuation where) {
    return where == null && marks.continuation() == null
        ? this
        : with(marks.withContinuation(where));
  }

  /** The same query, whose answer the cache stores later, or with null no longer does. */
  public Query withUnstored(@Nullable Unstored found) {
    return found == null && marks.unstored() == null ? this : with(marks.withUnstored(found));
  }

  /** The same query over another transport, which a later version of the protocol knows. */
  public Query withTransport(Transport transport) {
    return withClient(client.withTransport(transport));
  }

  /** The same query of a client about which more is known. */
  public Query withClient(Client known) {
    return new Query(wire, known, rules, marks, history, answer, cached);
  }

  public Query suspendedOnceMore() {
    return new Query(wire, client, rules, marks, history.suspendedOnceMore(), answer, cached);
  }

  /** The same query, to be started again at the first chain, without an answer. */
  public Query startedAgain() {
    return new Query(
        wire, client, rules, marks.withUnstored(null), history.startedAgain(), null, false);
  }

  private Query with(Marks other) {
    return new Query(wire, client, rules, other, history, answer, cached);
  }

  private Query with(byte[] message, boolean fromCache) {
    return new Query(wire, client, rules, marks, history, message, fromCache);
  }
}
