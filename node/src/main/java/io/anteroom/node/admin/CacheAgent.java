// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.cache.CacheStats;
import io.anteroom.node.cache.CachedLine;
import io.anteroom.node.cache.HeldLine;
import io.anteroom.node.cache.Purge;
import io.anteroom.node.cache.Purger;
import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.query.Resources;
import io.anteroom.node.wire.WireName;
import java.util.List;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Answers operators' requests about the caches of its node. Part of an admin agent. */
final class CacheAgent {
  /** Maximum number of entries in one node's list. */
  static final int MAX = 10_000;

  private final AdminParts parts;
  private final Resources resources;
  private final Views views;

  CacheAgent(AdminParts parts, Views views) {
    this.parts = parts;
    this.resources = parts.resources();
    this.views = views;
  }

  /** Requests about the caches of a node. */
  sealed interface Request extends AdminAgentActor.AboutCaches, AdminMessage {}

  /** Makes the node purge entries, once per ID; the reply has their number. */
  record ToPurge(String id, Purge purge, ActorRef<AdminPage> replyTo) implements Request {}

  /** Asks for the sizes and counters of the caches. */
  record Stats(ActorRef<AdminPage> replyTo) implements Request {}

  /**
   * Asks for entries, in no particular order.
   *
   * @param verdicts true for the verdict cache, false for the answer cache
   * @param name the name of the entries; empty for all
   * @param subtree whether to include the names below it
   */
  record Dump(
      int limit, boolean verdicts, String name, boolean subtree, ActorRef<AdminPage> replyTo)
      implements Request {
    Dump {
      AdminPage.checkLimit(limit);
      if (!name.isEmpty() && !WireName.isName(name)) {
        throw new IllegalArgumentException("no domain name");
      }
    }
  }

  void answer(Request request) {
    if (request instanceof ToPurge purge) {
      parts
          .changes()
          .purger()
          .tell(new Purger.Forget(purge.id(), purge.purge(), gone -> tell(purge, gone)));
    } else if (request instanceof Stats stats) {
      stats.replyTo().tell(new AdminPage(views.node(), 1, List.of(row()), true));
    } else if (request instanceof Dump dump) {
      List<CacheEntryRow> rows = rows(dump);
      long total = dump.verdicts() ? resources.verdicts().size() : resources.cache().size();
      AdminPage.send(views.node(), total, rows, dump.replyTo());
    }
  }

  private void tell(ToPurge asked, Purger.Gone gone) {
    PurgedRow row = new PurgedRow(views.node(), gone.answers(), gone.verdicts());
    long total = gone.answers() + gone.verdicts();
    asked.replyTo().tell(new AdminPage(views.node(), total, List.of(row), true));
  }

  private CachesRow row() {
    CacheStats answers = resources.cache().stats();
    VerdictCache verdicts = resources.verdicts();
    return new CachesRow(
        views.node(),
        answers.entries(),
        answers.bytes(),
        answers.maxBytes(),
        answers.hits(),
        answers.misses(),
        answers.inserts(),
        answers.evictions(),
        answers.staleHits(),
        answers.prefetches(),
        verdicts.size(),
        verdicts.bytes(),
        verdicts.maxBytes(),
        count(SuspensionCounter.VERDICT_CACHE_HITS),
        count(SuspensionCounter.VERDICT_CACHE_INSERTS),
        verdicts.evicted());
  }

  private long count(SuspensionCounter counter) {
    return parts.services().all().stream().mapToLong(s -> s.counters().get(counter)).sum();
  }

  private List<CacheEntryRow> rows(Dump dump) {
    int limit = Math.min(dump.limit(), MAX);
    Predicate<WireName> wanted = wanted(dump);
    return dump.verdicts()
        ? resources.verdicts().list(limit, wanted).stream().map(this::row).toList()
        : resources.cache().list(limit, wanted).stream().map(this::row).toList();
  }

  private static Predicate<WireName> wanted(Dump dump) {
    if (dump.name().isEmpty()) {
      return name -> true;
    }
    WireName wanted = WireName.parse(dump.name());
    return dump.subtree() ? name -> name.isAtOrBelow(wanted) : wanted::equals;
  }

  private CacheEntryRow row(CachedLine line) {
    return new CacheEntryRow(
        views.node(),
        line.name().toString(),
        line.type() == 0 ? "all" : Type.string(line.type()),
        line.pool(),
        Rcode.string(line.rcode()),
        "",
        "",
        Math.max(0, line.ttlSeconds()),
        line.bytes(),
        line.hits());
  }

  /** The client, or a word and the identity, or a word. */
  private static String holdsFor(HeldLine line) {
    if (!line.identity().isEmpty()) {
      return "identity " + line.identity();
    }
    return line.client().isEmpty() ? "everyone" : line.client();
  }

  private CacheEntryRow row(HeldLine line) {
    FilterService service = parts.services().get(line.service());
    return new CacheEntryRow(
        views.node(),
        (line.subtree() ? "*." : "") + line.name(),
        Type.string(line.type()),
        line.pool(),
        line.verdict(),
        service == null ? "" : service.settings().name(),
        holdsFor(line),
        line.secondsLeft(),
        line.bytes(),
        line.hits());
  }
}
