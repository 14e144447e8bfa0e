// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.admin.FilterRow.InstanceRow;
import io.anteroom.node.admin.FilterRow.Latency;
import io.anteroom.node.config.GroupSettings;
import io.anteroom.protocol.kryo.FieldReader;
import io.anteroom.protocol.kryo.FieldWriter;
import io.anteroom.protocol.kryo.RecordSerializer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Write what desks say to one another. */
final class AdminSerializers {
  /** A name in presentation form has up to 1,004 characters; all else is shorter. */
  private static final int MAX_TEXT = 1024;

  private static final int MAX_PATH = 2048;
  private static final int MAX_COUNTS = 1000;

  private AdminSerializers() {}

  static final class OfListSuspended extends RecordSerializer<AdminDesk.ListSuspended> {
    @Override
    protected void write(FieldWriter out, AdminDesk.ListSuspended value) {
      out.number(value.limit());
      out.text(value.service());
      out.actorRef(value.replyTo());
    }

    @Override
    protected AdminDesk.ListSuspended read(FieldReader in) {
      return new AdminDesk.ListSuspended(in.number(), in.text(MAX_TEXT), in.actorRef());
    }
  }

  static final class OfListFilters extends RecordSerializer<AdminDesk.ListFilters> {
    @Override
    protected void write(FieldWriter out, AdminDesk.ListFilters value) {
      out.actorRef(value.replyTo());
    }

    @Override
    protected AdminDesk.ListFilters read(FieldReader in) {
      return new AdminDesk.ListFilters(in.actorRef());
    }
  }

  static final class OfDeskPage extends RecordSerializer<DeskPage> {
    @Override
    protected void write(FieldWriter out, DeskPage value) {
      out.text(value.node());
      out.count(value.total());
      out.records(value.rows());
      out.flag(value.last());
    }

    @Override
    protected DeskPage read(FieldReader in) {
      return new DeskPage(
          in.text(MAX_TEXT),
          in.count(),
          in.records(DeskPage.MAX_ROWS, DeskPage.Row.class),
          in.flag());
    }
  }

  static final class OfSuspendedRow extends RecordSerializer<SuspendedRow> {
    @Override
    protected void write(FieldWriter out, SuspendedRow value) {
      out.text(value.key());
      out.text(value.service());
      out.text(value.name());
      out.text(value.type());
      out.text(value.client());
      out.text(value.stage());
      out.text(value.node());
      out.count(value.ageMillis());
      out.count(value.leftMillis());
    }

    @Override
    protected SuspendedRow read(FieldReader in) {
      return new SuspendedRow(
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.count(),
          in.count());
    }
  }

  static final class OfFilterRow extends RecordSerializer<FilterRow> {
    @Override
    protected void write(FieldWriter out, FilterRow value) {
      out.text(value.service());
      out.number16(value.asyncId());
      out.text(value.node());
      out.flag(value.available());
      out.text(value.breaker());
      out.number(value.suspended());
      out.number(value.queued());
      out.number(value.outstanding());
      out.list(value.instances(), OfFilterRow::write);
      out.list(List.copyOf(value.counts().entrySet()), OfFilterRow::write);
      out.count(value.latencyMicros().count());
      out.count(value.latencyMicros().p50());
      out.count(value.latencyMicros().p90());
      out.count(value.latencyMicros().p99());
      out.list(value.members(), FieldWriter::text);
      out.text(value.decide());
    }

    private static void write(FieldWriter out, InstanceRow instance) {
      out.text(instance.path());
      out.number(instance.granted());
      out.number(instance.credits());
      out.count(instance.outstanding());
    }

    private static void write(FieldWriter out, Map.Entry<String, Long> count) {
      out.text(count.getKey());
      out.count(count.getValue());
    }

    @Override
    protected FilterRow read(FieldReader in) {
      return new FilterRow(
          in.text(MAX_TEXT),
          in.number16(),
          in.text(MAX_TEXT),
          in.flag(),
          in.text(MAX_TEXT),
          in.number(),
          in.number(),
          in.number(),
          in.list(FilterRow.MAX_INSTANCES, OfFilterRow::instance),
          counts(in),
          new Latency(in.count(), in.count(), in.count(), in.count()),
          in.list(GroupSettings.MAX_MEMBERS, one -> one.text(MAX_TEXT)),
          in.text(MAX_TEXT));
    }

    private static InstanceRow instance(FieldReader in) {
      return new InstanceRow(in.text(MAX_PATH), in.number(), in.number(), (int) in.count());
    }

    private static Map<String, Long> counts(FieldReader in) {
      Map<String, Long> counts = new LinkedHashMap<>();
      in.list(MAX_COUNTS, one -> Map.entry(one.text(MAX_TEXT), one.count()))
          .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
      return counts;
    }
  }
}
