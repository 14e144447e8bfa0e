// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Serializers of verdicts and their parts. */
final class VerdictSerializers {
  private VerdictSerializers() {}

  static Map<String, String> tags(FieldReader in) {
    return in.more() ? in.texts(Verdict.MAX_TAGS, Verdict.MAX_TAG_LENGTH) : Map.of();
  }

  static @Nullable ExtendedError error(FieldReader in) {
    return in.more() ? in.optional(ExtendedError.class) : null;
  }

  static Holds holds(FieldReader in) {
    Holds holds = in.more() ? in.optional(Holds.class) : null;
    return holds == null ? Holds.NONE : holds;
  }

  private static void holds(FieldWriter out, Verdict value) {
    out.optional(value.holds().isNone() ? null : value.holds());
  }

  static final class OfHolds extends RecordSerializer<Holds> {
    @Override
    protected void write(FieldWriter out, Holds value) {
      out.number(value.seconds());
      out.code(ProtocolCodes.SCOPES, value.scope());
      out.flag(value.subtree());
    }

    @Override
    protected Holds read(FieldReader in) {
      return new Holds(
          in.number(),
          in.more() ? in.code(ProtocolCodes.SCOPES) : Holds.Scope.CLIENT,
          in.more() && in.flag());
    }
  }

  static final class OfExtendedError extends RecordSerializer<ExtendedError> {
    @Override
    protected void write(FieldWriter out, ExtendedError value) {
      out.number16(value.code());
      out.text(value.text());
    }

    @Override
    protected ExtendedError read(FieldReader in) {
      return new ExtendedError(in.number16(), in.more() ? in.text(ExtendedError.MAX_TEXT) : "");
    }
  }

  static final class OfContinue extends RecordSerializer<Verdict.Continue> {
    @Override
    protected void write(FieldWriter out, Verdict.Continue value) {
      out.texts(value.tags());
      out.optional(value.error());
      holds(out, value);
    }

    @Override
    protected Verdict.Continue read(FieldReader in) {
      Map<String, String> tags = tags(in);
      return new Verdict.Continue(error(in), tags, holds(in));
    }
  }

  static final class OfRcode extends RecordSerializer<Verdict.Rcode> {
    @Override
    protected void write(FieldWriter out, Verdict.Rcode value) {
      out.number8(value.rcode());
      out.optional(value.error());
      out.texts(value.tags());
      holds(out, value);
    }

    @Override
    protected Verdict.Rcode read(FieldReader in) {
      return new Verdict.Rcode(in.number8(), error(in), tags(in), holds(in));
    }
  }

  static final class OfAddresses extends RecordSerializer<Verdict.Addresses> {
    @Override
    protected void write(FieldWriter out, Verdict.Addresses value) {
      out.list(value.addresses(), FieldWriter::address);
      out.number(value.ttlSeconds());
      out.optional(value.error());
      out.texts(value.tags());
      holds(out, value);
    }

    @Override
    protected Verdict.Addresses read(FieldReader in) {
      List<InetAddress> addresses = in.list(Verdict.MAX_ADDRESSES, FieldReader::address);
      return new Verdict.Addresses(
          addresses, in.more() ? in.number() : 0, error(in), tags(in), holds(in));
    }
  }

  static final class OfAnswer extends RecordSerializer<Verdict.Answer> {
    @Override
    protected void write(FieldWriter out, Verdict.Answer value) {
      out.bytes(value.message());
      out.texts(value.tags());
      out.optional(value.error());
      holds(out, value);
    }

    @Override
    protected Verdict.Answer read(FieldReader in) {
      byte[] message = in.bytes(Verdict.MAX_MESSAGE);
      Map<String, String> tags = tags(in);
      return new Verdict.Answer(message, error(in), tags, holds(in));
    }
  }

  static final class OfDrop extends RecordSerializer<Verdict.Drop> {
    @Override
    protected void write(FieldWriter out, Verdict.Drop value) {
      out.texts(value.tags());
      out.optional(value.error());
      holds(out, value);
    }

    @Override
    protected Verdict.Drop read(FieldReader in) {
      Map<String, String> tags = tags(in);
      return new Verdict.Drop(error(in), tags, holds(in));
    }
  }

  static final class OfTruncate extends RecordSerializer<Verdict.Truncate> {
    @Override
    protected void write(FieldWriter out, Verdict.Truncate value) {
      out.texts(value.tags());
      out.optional(value.error());
      holds(out, value);
    }

    @Override
    protected Verdict.Truncate read(FieldReader in) {
      Map<String, String> tags = tags(in);
      return new Verdict.Truncate(error(in), tags, holds(in));
    }
  }

  static final class OfChangeName extends RecordSerializer<Verdict.ChangeName> {
    @Override
    protected void write(FieldWriter out, Verdict.ChangeName value) {
      out.text(value.name());
      out.texts(value.tags());
      out.optional(value.error());
      holds(out, value);
    }

    @Override
    protected Verdict.ChangeName read(FieldReader in) {
      String name = in.text(Verdict.MAX_NAME_TEXT);
      Map<String, String> tags = tags(in);
      return new Verdict.ChangeName(name, error(in), tags, holds(in));
    }
  }

  static final class OfToPool extends RecordSerializer<Verdict.ToPool> {
    @Override
    protected void write(FieldWriter out, Verdict.ToPool value) {
      out.text(value.pool());
      out.texts(value.tags());
      out.optional(value.error());
      holds(out, value);
    }

    @Override
    protected Verdict.ToPool read(FieldReader in) {
      String pool = in.text(Verdict.MAX_TAG_LENGTH);
      Map<String, String> tags = tags(in);
      return new Verdict.ToPool(pool, error(in), tags, holds(in));
    }
  }

  static final class OfAskAgain extends RecordSerializer<Verdict.AskAgain> {
    @Override
    protected void write(FieldWriter out, Verdict.AskAgain value) {
      out.texts(value.tags());
      out.optional(value.error());
      holds(out, value);
    }

    @Override
    protected Verdict.AskAgain read(FieldReader in) {
      Map<String, String> tags = tags(in);
      return new Verdict.AskAgain(error(in), tags, holds(in));
    }
  }
}
