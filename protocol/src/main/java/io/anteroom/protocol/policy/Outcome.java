// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.policy;

import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.Values;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a policy decides about a query: an action, and what it sets before the action. Immutable, so
 * an outcome may be a constant and be returned for many queries.
 *
 * <pre>{@code
 * return Outcome.next().withPool("family").withTag("plan", "family");
 * }</pre>
 *
 * <p>All methods throw an {@link IllegalArgumentException} if an argument is outside of its bounds.
 * What depends on the query is checked by the node, and is an error of the policy otherwise.
 */
public final class Outcome {
  public static final int NOERROR = 0;
  public static final int SERVFAIL = 2;
  public static final int NXDOMAIN = 3;
  public static final int REFUSED = 5;

  /** Maximum length in characters of the name of a service, pool or route. */
  public static final int MAX_NAME = 255;

  private static final int MAX_RCODE = 0xfff;
  private static final int MAX_TTL = 86_400;

  private static final Outcome NEXT = of(new Next());
  private static final Outcome TRUNCATE = of(new Truncate());
  private static final Outcome DROP = of(new Drop());

  private final Action action;
  private final @Nullable String pool;
  private final Map<String, String> tags;
  private final @Nullable ExtendedError extendedError;

  /** What happens with the query. For the node; authors use the methods of {@link Outcome}. */
  public sealed interface Action {}

  /** The query continues at the next rule. */
  public record Next() implements Action {}

  /** The query is answered without records of the name. */
  public record Rcode(int rcode) implements Action {}

  /** The query is answered with those of the addresses that have its type. */
  public record Addresses(List<InetAddress> addresses, int ttlSeconds) implements Action {}

  /** The query is answered with a message in wire format. */
  public record Message(byte[] message) implements Action {}

  /** A client on UDP is made to ask again over TCP. */
  public record Truncate() implements Action {}

  /** The query gets no answer. */
  public record Drop() implements Action {}

  /** The query waits for the verdict of a filter. */
  public record Suspend(String filter) implements Action {}

  /**
   * The query waits for an operation.
   *
   * @param timeout null for the timeout of the service
   */
  public record Async(
      String service,
      Operation operation,
      String route,
      Map<String, @Nullable Object> variables,
      @Nullable Duration timeout)
      implements Action {}

  /**
   * The query waits for the verdict of a filter, which a route gets.
   *
   * @param timeout null for the timeout of the filter service
   */
  public record Ask(
      String filter,
      String route,
      Map<String, @Nullable Object> variables,
      @Nullable Duration timeout)
      implements Action {}

  private Outcome(
      Action action,
      @Nullable String pool,
      Map<String, String> tags,
      @Nullable ExtendedError extendedError) {
    this.action = action;
    this.pool = pool;
    this.tags = tags;
    this.extendedError = extendedError;
  }

  private static Outcome of(Action action) {
    return new Outcome(action, null, Map.of(), null);
  }

  /** Continues at the next rule. */
  public static Outcome next() {
    return NEXT;
  }

  /**
   * Answers with an RCODE and no records of the name. NXDOMAIN and NOERROR get an SOA record, with
   * which clients may cache the answer for a minute.
   *
   * @param rcode 0 to 4095; above 15 it is SERVFAIL for clients without EDNS
   */
  public static Outcome answer(int rcode) {
    check(rcode >= 0 && rcode <= MAX_RCODE, "the RCODE must be 0 to 4095, not ", rcode);
    return of(new Rcode(rcode));
  }

  /**
   * Answers with those of the addresses that have the type of the query; NODATA if there are none.
   *
   * @param addresses at most {@value Verdict#MAX_ADDRESSES}
   * @param ttlSeconds 0 to 86,400
   */
  public static Outcome answer(List<InetAddress> addresses, int ttlSeconds) {
    int size = addresses.size();
    check(size <= Verdict.MAX_ADDRESSES, "at most 64 addresses are possible, not ", size);
    check(
        ttlSeconds >= 0 && ttlSeconds <= MAX_TTL, "the TTL must be 0 to 86400 s, not ", ttlSeconds);
    return of(new Addresses(List.copyOf(addresses), ttlSeconds));
  }

  /**
   * Answers with a DNS message. It must be an answer to the question of the query. The node sets
   * the ID and EDNS of the client and clears AD.
   *
   * @param message in wire format, 12 to 65,535 bytes; not copied, so the caller must not change it
   *     afterwards
   */
  public static Outcome answer(byte[] message) {
    check(message.length >= 12, "a message has at least 12 bytes, not ", message.length);
    check(
        message.length <= Verdict.MAX_MESSAGE,
        "a message has at most 65535 bytes, not ",
        message.length);
    return of(new Message(message));
  }

  /**
   * Makes a client that asked over UDP ask again over TCP, by an answer with the TC bit. For other
   * transports this is the same as {@link #next}.
   */
  public static Outcome truncate() {
    return TRUNCATE;
  }

  /** Drops the query: the client gets no answer. */
  public static Outcome drop() {
    return DROP;
  }

  /**
   * Suspends the query for a filter. What its verdict says is done; if that is to continue, the
   * query continues at the rule after the policy. The policy is not called again.
   *
   * @param filter the name of a filter that {@link PolicySetup#filter} was called for
   */
  public static Outcome suspend(String filter) {
    return of(new Suspend(name("filter", filter)));
  }

  /**
   * Starts an operation, and suspends the query until it has ended. Then this route goes on with
   * it, in the same stage.
   *
   * @param service the name of a service that {@link PolicySetup#operation} was called for
   * @param operation what it is to do; which arguments it has depends on the kind of the service
   * @param route the name of a route that {@link PolicySetup#route} was called for
   */
  public static Outcome async(String service, Operation operation, String route) {
    return async(service, operation, route, Map.of());
  }

  /**
   * The same with variables, which the route gets.
   *
   * @param variables within the bounds of {@link Values}; {@link PolicySetup#variables} declares
   *     their names. Arrays are not copied, so the caller must not change them afterwards.
   */
  public static Outcome async(
      String service, Operation operation, String route, Map<String, ?> variables) {
    return of(
        new Async(
            name("operation", service),
            Objects.requireNonNull(operation, "the operation is null"),
            name("route", route),
            Values.checked(variables),
            null));
  }

  /**
   * Suspends the query for a filter, whose verdict is not carried out but is the result for a route
   * of the policy. The output {@code decision} is {@code continue}, {@code rcode}, {@code
   * addresses}, {@code message}, {@code truncate}, {@code drop}, {@code name}, {@code pool} or
   * {@code ask-again}. What belongs to it is in the outputs {@code rcode}, {@code addresses} and
   * {@code ttl}, {@code message}, {@code name} and {@code pool}. The tags of the verdict are set.
   *
   * @param filter the name of a filter that {@link PolicySetup#filter} was called for
   * @param route the name of a route that {@link PolicySetup#route} was called for
   * @param variables as in {@link #async}; may be empty
   */
  public static Outcome ask(String filter, String route, Map<String, ?> variables) {
    return of(
        new Ask(name("filter", filter), name("route", route), Values.checked(variables), null));
  }

  /**
   * The same outcome of {@link #async} or {@link #ask}, but the query waits no longer than this.
   * The timeout of the service remains the limit.
   *
   * @param timeout 1 ms or more
   * @throws IllegalStateException if this is not an outcome of {@code async} or {@code ask}
   */
  public Outcome withTimeout(Duration timeout) {
    check(timeout.compareTo(Duration.ofMillis(1)) >= 0, "a timeout is 1 ms or more, not ", timeout);
    return new Outcome(limited(timeout), pool, tags, extendedError);
  }

  private Action limited(Duration timeout) {
    if (action instanceof Async a) {
      return new Async(a.service, a.operation, a.route, a.variables, timeout);
    } else if (action instanceof Ask a) {
      return new Ask(a.filter, a.route, a.variables, timeout);
    }
    throw new IllegalStateException("only async and ask have a timeout");
  }

  /**
   * The same outcome, but the query goes to this upstream pool unless something chooses another
   * later. Possible in the stages query and cache-miss.
   *
   * @param name the name of a pool of the node
   */
  public Outcome withPool(String name) {
    return new Outcome(action, name("pool", name), tags, extendedError);
  }

  /**
   * The same outcome with one more tag for the query; see {@link #withTags}.
   *
   * @param name 1 to {@value Verdict#MAX_TAG_LENGTH} characters
   * @param value at most {@value Verdict#MAX_TAG_LENGTH} characters; may be empty
   */
  public Outcome withTag(String name, String value) {
    return withTags(Map.of(name, value));
  }

  /**
   * The same outcome with more tags for the query. They replace those with the same name.
   *
   * @param more at most {@value Verdict#MAX_TAGS} with those that the outcome has
   */
  public Outcome withTags(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(tags);
    all.putAll(more);
    // Policies have the same bounds as verdicts.
    Map<String, String> checked = Verdict.proceed().withTags(all).tags();
    return new Outcome(action, pool, checked, extendedError);
  }

  /**
   * The same outcome with this Extended DNS Error (RFC 8914) for the client's answer, in place of
   * one that the query had before.
   */
  public Outcome withExtendedError(ExtendedError error) {
    Objects.requireNonNull(error, "the extended error is null");
    return new Outcome(action, pool, tags, error);
  }

  /** What happens with the query. */
  public Action action() {
    return action;
  }

  /** The upstream pool that it chooses; null if it chooses none. */
  public @Nullable String pool() {
    return pool;
  }

  /** The tags that it sets, immutable. */
  public Map<String, String> tags() {
    return tags;
  }

  /** The Extended DNS Error that it sets; null if it sets none. */
  public @Nullable ExtendedError extendedError() {
    return extendedError;
  }

  private static String name(String of, String name) {
    Objects.requireNonNull(name, "the name is null");
    if (name.isEmpty() || name.length() > MAX_NAME) {
      throw new IllegalArgumentException(
          "the name of the " + of + " must have 1 to " + MAX_NAME + " characters");
    }
    return name;
  }

  private static void check(boolean fits, String otherwise, Object value) {
    if (!fits) {
      throw new IllegalArgumentException(otherwise + value);
    }
  }
}
