// SPDX-License-Identifier: Apache-2.0
package com.example;

import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.policy.Outcome;
import io.anteroom.protocol.policy.Policy;
import io.anteroom.protocol.policy.PolicyException;
import io.anteroom.protocol.policy.PolicyQuery;
import io.anteroom.protocol.policy.PolicySetup;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Asks a web service which customer a query comes from, and treats the query by the customer's
 * plan. The service answers {@code GET /customers/192.0.2.7} with {@code {"plan": "family", "paid":
 * true}}, or with status 404 for an unknown address.
 *
 * <ul>
 *   <li>Customers who have not paid get the address of the payment page for every name.
 *   <li>Queries of the plan {@code family} go to the upstream pool {@code family}.
 *   <li>The plan becomes the tag {@code plan}, which later rules can match.
 *   <li>If the service fails twice, the query continues with the tag {@code plan=unknown}.
 * </ul>
 */
public final class CustomerPolicy implements Policy {
  private static final String SERVICE = "customers";
  private static final String ANSWERED = "answered";
  private static final String TRIES = "tries";
  private static final String FAMILY = "family";

  private static final int MAX_TRIES = 2;
  private static final Duration TIMEOUT = Duration.ofMillis(300);
  private static final int TTL_SECONDS = 60;
  private static final ExtendedError UNPAID =
      new ExtendedError(ExtendedError.FILTERED, "the bill is not paid");

  /** Addresses of the payment page. */
  private static final String[] PAYMENT_PAGE = {"192.0.2.80", "2001:db8::80"};

  private Outcome unpaid = Outcome.answer(Outcome.REFUSED);

  @Override
  public void start(PolicySetup setup) throws PolicyException {
    setup.operation(SERVICE);
    setup.pool(FAMILY);
    setup.variables(TRIES);
    setup.route(ANSWERED, this::onAnswered);
    try {
      List<InetAddress> page =
          List.of(InetAddress.getByName(PAYMENT_PAGE[0]), InetAddress.getByName(PAYMENT_PAGE[1]));
      unpaid = Outcome.answer(page, TTL_SECONDS).withExtendedError(UNPAID);
    } catch (UnknownHostException e) {
      throw new PolicyException("no address of the payment page: " + e.getMessage());
    }
  }

  @Override
  public Outcome onQuery(PolicyQuery query) {
    return ask(query, 1);
  }

  private static Outcome ask(PolicyQuery query, long tries) {
    String address = query.client().getAddress().getHostAddress();
    Operation lookup =
        new Operation(Map.of("method", "GET", "path", "/customers/" + address, "json", true));
    return Outcome.async(SERVICE, lookup, ANSWERED, Map.of(TRIES, tries)).withTimeout(TIMEOUT);
  }

  private Outcome onAnswered(
      PolicyQuery query, OperationResult result, Map<String, Object> variables) {
    Object status = result.outputs().get("status");
    if (result.code() == ResultCode.DONE && Long.valueOf(200).equals(status)) {
      return treat(result.outputs().get("json"));
    }
    long tries = (Long) variables.get(TRIES);
    boolean known = result.code() == ResultCode.DONE && Long.valueOf(404).equals(status);
    return known || tries == MAX_TRIES
        ? Outcome.next().withTag("plan", "unknown")
        : ask(query, tries + 1);
  }

  private Outcome treat(Object customer) {
    if (!(customer instanceof Map<?, ?> fields)) {
      return Outcome.next().withTag("plan", "unknown");
    } else if (Boolean.FALSE.equals(fields.get("paid"))) {
      return unpaid;
    }
    String plan = String.valueOf(fields.get("plan"));
    Outcome next = Outcome.next().withTag("plan", plan);
    return plan.equals(FAMILY) ? next.withPool(FAMILY) : next;
  }
}
