// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.cache.Purge;
import io.anteroom.protocol.kryo.FieldReader;
import io.anteroom.protocol.kryo.FieldWriter;
import io.anteroom.protocol.kryo.RecordSerializer;

/** Write what desks say to one another about caches. */
final class CacheSerializers {
  /** A name in presentation form has up to 1,004 characters, and may have an asterisk before it. */
  private static final int MAX_TEXT = 1024;

  private static final int MAX_PURGE = 2048;

  private CacheSerializers() {}

  static final class OfToPurge extends RecordSerializer<CacheDesk.ToPurge> {
    @Override
    protected void write(FieldWriter out, CacheDesk.ToPurge value) {
      out.text(value.id());
      out.bytes(value.purge().toBytes());
      out.actorRef(value.replyTo());
    }

    @Override
    protected CacheDesk.ToPurge read(FieldReader in) {
      return new CacheDesk.ToPurge(
          in.text(MAX_TEXT), Purge.read(in.bytes(MAX_PURGE)), in.actorRef());
    }
  }

  static final class OfStats extends RecordSerializer<CacheDesk.Stats> {
    @Override
    protected void write(FieldWriter out, CacheDesk.Stats value) {
      out.actorRef(value.replyTo());
    }

    @Override
    protected CacheDesk.Stats read(FieldReader in) {
      return new CacheDesk.Stats(in.actorRef());
    }
  }

  static final class OfDump extends RecordSerializer<CacheDesk.Dump> {
    @Override
    protected void write(FieldWriter out, CacheDesk.Dump value) {
      out.number(value.limit());
      out.flag(value.verdicts());
      out.text(value.name());
      out.flag(value.subtree());
      out.actorRef(value.replyTo());
    }

    @Override
    protected CacheDesk.Dump read(FieldReader in) {
      return new CacheDesk.Dump(
          in.number(), in.flag(), in.text(MAX_TEXT), in.flag(), in.actorRef());
    }
  }

  static final class OfCachesRow extends RecordSerializer<CachesRow> {
    @Override
    protected void write(FieldWriter out, CachesRow value) {
      out.text(value.node());
      out.count(value.answers());
      out.count(value.answerBytes());
      out.count(value.answerMaxBytes());
      out.count(value.hits());
      out.count(value.misses());
      out.count(value.inserts());
      out.count(value.evictions());
      out.count(value.staleHits());
      out.count(value.prefetches());
      out.count(value.verdicts());
      out.count(value.verdictBytes());
      out.count(value.verdictMaxBytes());
      out.count(value.verdictHits());
      out.count(value.verdictInserts());
      out.count(value.verdictEvictions());
    }

    @Override
    protected CachesRow read(FieldReader in) {
      return new CachesRow(
          in.text(MAX_TEXT),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count(),
          in.count());
    }
  }

  static final class OfCacheEntryRow extends RecordSerializer<CacheEntryRow> {
    @Override
    protected void write(FieldWriter out, CacheEntryRow value) {
      out.text(value.node());
      out.text(value.name());
      out.text(value.type());
      out.text(value.pool());
      out.text(value.content());
      out.text(value.service());
      out.text(value.client());
      out.number(value.ttl());
      out.number(value.bytes());
      out.count(value.hits());
    }

    @Override
    protected CacheEntryRow read(FieldReader in) {
      return new CacheEntryRow(
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.number(),
          in.number(),
          in.count());
    }
  }

  static final class OfPurgedRow extends RecordSerializer<PurgedRow> {
    @Override
    protected void write(FieldWriter out, PurgedRow value) {
      out.text(value.node());
      out.count(value.answers());
      out.count(value.verdicts());
    }

    @Override
    protected PurgedRow read(FieldReader in) {
      return new PurgedRow(in.text(MAX_TEXT), in.count(), in.count());
    }
  }
}
