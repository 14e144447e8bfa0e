// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.protocol.kryo.FieldReader;
import io.anteroom.protocol.kryo.FieldWriter;
import io.anteroom.protocol.kryo.RecordSerializer;
import java.util.List;

/** Write what desks say to one another about reloads and rules. */
final class ChangeSerializers {
  private static final int MAX_TEXT = 2048;

  private ChangeSerializers() {}

  static final class OfReloadNode extends RecordSerializer<AdminDesk.ReloadNode> {
    @Override
    protected void write(FieldWriter out, AdminDesk.ReloadNode value) {
      out.actorRef(value.replyTo());
    }

    @Override
    protected AdminDesk.ReloadNode read(FieldReader in) {
      return new AdminDesk.ReloadNode(in.actorRef());
    }
  }

  static final class OfListRules extends RecordSerializer<AdminDesk.ListRules> {
    @Override
    protected void write(FieldWriter out, AdminDesk.ListRules value) {
      out.actorRef(value.replyTo());
    }

    @Override
    protected AdminDesk.ListRules read(FieldReader in) {
      return new AdminDesk.ListRules(in.actorRef());
    }
  }

  static final class OfReloadRow extends RecordSerializer<ReloadRow> {
    @Override
    protected void write(FieldWriter out, ReloadRow value) {
      out.text(value.node());
      out.flag(value.loaded());
      out.list(value.errors(), FieldWriter::text);
      out.list(value.warnings(), FieldWriter::text);
    }

    @Override
    protected ReloadRow read(FieldReader in) {
      return new ReloadRow(in.text(MAX_TEXT), in.flag(), lines(in), lines(in));
    }

    private static List<String> lines(FieldReader in) {
      return in.list(ReloadRow.MAX_LINES, one -> one.text(MAX_TEXT));
    }
  }

  static final class OfRuleRow extends RecordSerializer<RuleRow> {
    @Override
    protected void write(FieldWriter out, RuleRow value) {
      out.text(value.node());
      out.text(value.stage());
      out.number(value.position());
      out.text(value.name());
      out.flag(value.enabled());
      out.count(value.hits());
      out.text(value.match());
      out.text(value.action());
    }

    @Override
    protected RuleRow read(FieldReader in) {
      return new RuleRow(
          in.text(MAX_TEXT),
          in.text(MAX_TEXT),
          in.number(),
          in.text(MAX_TEXT),
          in.flag(),
          in.count(),
          in.text(MAX_TEXT),
          in.text(MAX_TEXT));
    }
  }

  static final class OfMisfit extends RecordSerializer<RuleRow.Misfit> {
    @Override
    protected void write(FieldWriter out, RuleRow.Misfit value) {
      out.text(value.node());
      out.text(value.text());
    }

    @Override
    protected RuleRow.Misfit read(FieldReader in) {
      return new RuleRow.Misfit(in.text(MAX_TEXT), in.text(MAX_TEXT));
    }
  }
}
