// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.policy;

/**
 * Decides about queries inside the node. Authors implement this interface in a jar of their own.
 *
 * <p><b>Threads.</b> {@link #start} and {@link #close} run on a thread that may block. {@link
 * #onQuery} and the {@linkplain Route routes} run on the event loops of the node, several at once,
 * so the fields of a policy must be final or safe for threads. They must return within
 * microseconds: while one runs, all other clients of the event loop wait. Slow work is an
 * operation, which {@link Outcome#async} starts. A call of more than 10 ms is counted and logged.
 *
 * <p><b>Errors.</b> If a call throws, returns null, or returns an outcome that the stage of the
 * query does not allow, this query gets the outcome that the operator configured as {@code
 * on-error}. It is counted, and logged with the class and line of the policy, once a minute for
 * each kind. This includes every {@link Error}, such as a {@link StackOverflowError} or a {@link
 * NoSuchMethodError}, but for an {@link OutOfMemoryError}, which ends the node.
 *
 * <p><b>Trust.</b> The node trusts the code: it limits neither its time nor its memory, and an
 * endless loop stops an event loop for good. An operator who wants these limits uses Lua.
 *
 * <pre>{@code
 * public final class Blocked implements Policy {
 *   @Override
 *   public void start(PolicySetup setup) throws PolicyException {
 *     setup.operation("customers");
 *     setup.route("answered", this::onAnswered);
 *   }
 *
 *   @Override
 *   public Outcome onQuery(PolicyQuery query) {
 *     String client = query.client().getAddress().getHostAddress();
 *     Operation lookup = new Operation(Map.of("path", "/blocked/" + client));
 *     return Outcome.async("customers", lookup, "answered");
 *   }
 *
 *   private Outcome onAnswered(
 *       PolicyQuery query, OperationResult result, Map<String, Object> variables) {
 *     boolean known = result.code() == ResultCode.DONE;
 *     return known && "yes".equals(result.outputs().get("body"))
 *         ? Outcome.answer(Outcome.REFUSED)
 *         : Outcome.next();
 *   }
 * }
 * }</pre>
 */
public interface Policy {
  /**
   * Called once, before the first query, with the handle through which the policy says what it
   * uses. May block, for instance to read a file.
   *
   * @throws PolicyException if the policy can't start; then the node refuses the configuration with
   *     this message, and keeps the earlier one if it has one
   */
  void start(PolicySetup setup) throws PolicyException;

  /** Decides about a query that has come to the rule of the policy. Must not block. */
  Outcome onQuery(PolicyQuery query);

  /**
   * Called once after a reload has replaced this policy, when its last query has gone and the JVM
   * collects its memory, which may take long. Not called if {@link #start} failed, and not
   * necessarily when the node stops. May block for a few seconds.
   */
  default void close() {}
}
