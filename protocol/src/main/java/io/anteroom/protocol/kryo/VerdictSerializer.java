// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.Verdict;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes the verdicts of one kind: first the decision's own fields, then those that all verdicts
 * have. {@link Decision.Undecided} has none: see {@link MessageSerializers.OfResumes}.
 *
 * @param <D> the kind
 */
final class VerdictSerializer<D extends Decision> extends RecordSerializer<Verdict> {
  static final VerdictSerializer<Decision.Continue> CONTINUE =
      withoutContent(Decision.Continue.class, Decision.CONTINUE);

  static final VerdictSerializer<Decision.Rcode> RCODE =
      new VerdictSerializer<>(
          Decision.Rcode.class,
          Order.ERROR_FIRST,
          (out, value) -> out.number8(value.rcode()),
          in -> new Decision.Rcode(in.number8()));

  static final VerdictSerializer<Decision.Addresses> ADDRESSES =
      new VerdictSerializer<>(
          Decision.Addresses.class,
          Order.ERROR_FIRST,
          (out, value) -> {
            out.list(value.addresses(), FieldWriter::address);
            out.number(value.ttlSeconds());
          },
          in ->
              new Decision.Addresses(
                  in.list(Verdict.MAX_ADDRESSES, FieldReader::address),
                  in.more() ? in.number() : 0));

  static final VerdictSerializer<Decision.Answer> ANSWER =
      new VerdictSerializer<>(
          Decision.Answer.class,
          Order.TAGS_FIRST,
          (out, value) -> out.bytes(value.message()),
          in -> new Decision.Answer(in.bytes(Verdict.MAX_MESSAGE)));

  static final VerdictSerializer<Decision.Drop> DROP =
      withoutContent(Decision.Drop.class, Decision.DROP);

  static final VerdictSerializer<Decision.Truncate> TRUNCATE =
      withoutContent(Decision.Truncate.class, Decision.TRUNCATE);

  static final VerdictSerializer<Decision.ChangeName> CHANGE_NAME =
      new VerdictSerializer<>(
          Decision.ChangeName.class,
          Order.TAGS_FIRST,
          (out, value) -> out.text(value.name()),
          in -> new Decision.ChangeName(in.text(Verdict.MAX_NAME_TEXT)));

  static final VerdictSerializer<Decision.ToPool> TO_POOL =
      new VerdictSerializer<>(
          Decision.ToPool.class,
          Order.TAGS_FIRST,
          (out, value) -> out.text(value.pool()),
          in -> new Decision.ToPool(in.text(Verdict.MAX_TAG_LENGTH)));

  static final VerdictSerializer<Decision.AskAgain> ASK_AGAIN =
      withoutContent(Decision.AskAgain.class, Decision.ASK_AGAIN);

  static final VerdictSerializer<Decision.Result> RESULT =
      new VerdictSerializer<>(
          Decision.Result.class,
          Order.TAGS_FIRST,
          (out, value) -> {
            out.code(ProtocolCodes.RESULT_CODES, value.result().code());
            out.values(value.result().outputs());
          },
          in ->
              new Decision.Result(
                  new OperationResult(
                      in.code(ProtocolCodes.RESULT_CODES), in.more() ? in.values() : Map.of())));

  /** The order that a kind has had since its first version, and so keeps. */
  private enum Order {
    ERROR_FIRST,
    TAGS_FIRST
  }

  private final Class<D> kind;
  private final Order order;
  private final BiConsumer<FieldWriter, D> writer;
  private final Function<FieldReader, Decision> reader;

  private VerdictSerializer(
      Class<D> kind,
      Order order,
      BiConsumer<FieldWriter, D> writer,
      Function<FieldReader, Decision> reader) {
    this.kind = kind;
    this.order = order;
    this.writer = writer;
    this.reader = reader;
  }

  private static <D extends Decision> VerdictSerializer<D> withoutContent(
      Class<D> kind, Decision decision) {
    return new VerdictSerializer<>(kind, Order.TAGS_FIRST, (out, value) -> {}, in -> decision);
  }

  @Override
  protected void write(FieldWriter out, Verdict value) {
    writer.accept(out, kind.cast(value.decision()));
    if (order == Order.ERROR_FIRST) {
      out.optional(value.error());
      out.texts(value.tags());
    } else {
      out.texts(value.tags());
      out.optional(value.error());
    }
    out.optional(value.holds().isNone() ? null : value.holds());
  }

  @Override
  protected Verdict read(FieldReader in) {
    Decision decision = reader.apply(in);
    if (order == Order.ERROR_FIRST) {
      return new Verdict(decision, error(in), tags(in), holds(in));
    }
    Map<String, String> tags = tags(in);
    return new Verdict(decision, error(in), tags, holds(in));
  }

  static Map<String, String> tags(FieldReader in) {
    return in.more() ? in.texts(Verdict.MAX_TAGS, Verdict.MAX_TAG_LENGTH) : Map.of();
  }

  private static @Nullable ExtendedError error(FieldReader in) {
    return in.more() ? in.readableOptional(ExtendedError.class) : null;
  }

  /** A verdict stands also if this version can't read for whom it holds; then it does not hold. */
  private static Holds holds(FieldReader in) {
    Holds holds = in.more() ? in.readableOptional(Holds.class) : null;
    return holds == null ? Holds.NONE : holds;
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
}
