// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.ResponseLimitSettings;
import io.anteroom.node.wire.KeyedHash;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.net.InetAddress;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Response rate limiting, as in BIND, NSD and Knot: limits how many equal responses a network gets
 * over UDP, so that attackers can't use a node to flood a victim whose address they forge. One
 * object for all event loops; thread-safe; allocates nothing.
 *
 * <h2>What is equal</h2>
 *
 * The categories are those of BIND, so that queries for more names that do not exist don't raise
 * the limit. Responses to one network are equal if they are
 *
 * <ul>
 *   <li>answers with records, for the same name and type;
 *   <li>answers without records, for the same name;
 *   <li>NXDOMAIN from the same zone, which is the owner of the first authority record, or otherwise
 *       the parent of the name;
 *   <li>all other errors.
 * </ul>
 */
final class ResponseLimiter {
  private static final int RCODE = 0xf;
  private static final int NOERROR = 0;
  private static final int NXDOMAIN = 3;

  /** Categories, in the lowest bits; the type is in the bits above. */
  private static final int RECORDS = 1;

  private static final int NO_DATA = 2;
  private static final int NO_NAME = 3;
  private static final int ERROR = 4;
  private static final int TYPE_SHIFT = 8;

  private final ResponseLimitSettings settings;
  private final RateTable table;
  private final KeyedHash hash = KeyedHash.random();

  /**
   * A secret odd factor that mixes the halves of an address into one long, so that nobody can
   * choose colliding addresses.
   */
  private final long factor = ThreadLocalRandom.current().nextLong() | 1;

  ResponseLimiter(ResponseLimitSettings settings, long nanos, Runnable onEvict) {
    this.settings = settings;
    this.table =
        new RateTable(
            settings.tableSize(),
            settings.responsesPerSecond(),
            settings.burst(),
            Math.max(1, settings.slip()),
            nanos,
            onEvict);
  }

  boolean isExempt(InetAddress client) {
    return Netmask.anyContains(settings.exempt(), Netmask.high(client), Netmask.low(client));
  }

  /** Decides about an answer to a query. */
  RrlDecision decision(InetAddress client, WireQuery query, byte[] answer, long nanos) {
    int rcode = answer[3] & RCODE;
    if (rcode == NXDOMAIN) {
      int zone = WireAnswer.labelsOfAuthority(answer, query.questionEnd());
      int labels = zone < 0 ? Math.max(0, query.name().labels() - 1) : zone;
      return decision(client, query.name().hashOfLast(labels), NO_NAME, nanos);
    } else if (rcode != NOERROR) {
      return decisionOfError(client, nanos);
    }
    long name = query.name().hashOfLast(Integer.MAX_VALUE);
    boolean records = answer[6] != 0 || answer[7] != 0;
    int category = records ? query.type() << TYPE_SHIFT | RECORDS : NO_DATA;
    return decision(client, name, category, nanos);
  }

  /** Decides about an error, for any question. */
  RrlDecision decisionOfError(InetAddress client, long nanos) {
    return decision(client, 0, ERROR, nanos);
  }

  private RrlDecision decision(InetAddress client, long name, int category, long nanos) {
    long high = Netmask.high(client);
    long low = Netmask.low(client);
    int prefix = Netmask.prefix128(high, low, settings.ipv4Prefix(), settings.ipv6Prefix());
    long network = (high & Netmask.highMask(prefix)) + (low & Netmask.lowMask(prefix)) * factor;
    int turn = table.take(hash.of(network, name, category), nanos);
    if (turn == RateTable.WITHIN) {
      return RrlDecision.SEND;
    }
    return settings.slip() > 0 && turn == 0 ? RrlDecision.TRUNCATE : RrlDecision.DROP;
  }
}
