// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ProtocolMessage;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.Verdict;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;

/** Writes the protocol as a member of another version would. */
final class TestSerializer extends KryoMessageSerializer {
  private TestSerializer(ActorSystem<?> system, Registrations registrations) {
    super(
        (ExtendedActorSystem) Adapter.toClassic(system),
        ProtocolSerializer.IDENTIFIER,
        ProtocolMessage.class,
        registrations);
  }

  /** Each record has more fields than we know. */
  static TestSerializer future(ActorSystem<?> system) {
    RecordKryo kryo = new RecordKryo(ProtocolRegistrations.all(), ActorRefResolver.get(system));
    Registrations registrations = Registrations.none();
    for (var entry : ProtocolRegistrations.all().ids().entrySet()) {
      RecordSerializer<?> known =
          (RecordSerializer<?>) kryo.getRegistration(entry.getKey()).getSerializer();
      registrations = registrations.and(longer(entry.getKey(), entry.getValue(), known));
    }
    return new TestSerializer(system, registrations);
  }

  @SuppressWarnings("unchecked")
  private static <T> Registrations longer(int id, Class<T> type, RecordSerializer<?> known) {
    RecordSerializer<T> serializer = (RecordSerializer<T>) known;
    return writing(
        id,
        type,
        (out, value) -> {
          serializer.write(out, value);
          out.text("a field of the future");
          out.optional(null);
          out.fixed64(-1);
        });
  }

  /** Each record has the fields only that it cannot do without. */
  static TestSerializer past(ActorSystem<?> system) {
    return new TestSerializer(
        system,
        writing(
                100,
                Attach.class,
                (out, value) -> {
                  out.number16(value.asyncId());
                  out.actorRef(value.router());
                })
            .and(
                writing(
                    101,
                    Grant.class,
                    (out, value) -> {
                      out.number16(value.asyncId());
                      out.actorRef(value.instance());
                    }))
            .and(writing(102, FilterRequests.class, (out, value) -> out.actorRef(value.router())))
            .and(
                writing(
                    103,
                    Resumes.class,
                    (out, value) -> {
                      out.actorRef(value.instance());
                      out.number(value.credits());
                      out.records(value.resumes());
                    }))
            .and(writing(104, ResumeResults.class, (out, value) -> {}))
            .and(writing(111, Resume.class, TestSerializer::resume))
            .and(deciding(120, Decision.Continue.class, (out, value) -> {}))
            .and(deciding(121, Decision.Rcode.class, (out, value) -> out.number8(value.rcode())))
            .and(
                deciding(
                    122,
                    Decision.Addresses.class,
                    (out, value) -> out.list(value.addresses(), FieldWriter::address)))
            .and(deciding(123, Decision.Answer.class, (out, value) -> out.bytes(value.message())))
            .and(deciding(124, Decision.Drop.class, (out, value) -> {}))
            .and(deciding(125, Decision.Truncate.class, (out, value) -> {}))
            .and(deciding(126, Decision.ChangeName.class, (out, value) -> out.text(value.name())))
            .and(deciding(127, Decision.ToPool.class, (out, value) -> out.text(value.pool())))
            .and(deciding(128, Decision.AskAgain.class, (out, value) -> {}))
            .and(writing(129, Holds.class, (out, value) -> out.number(value.seconds())))
            .and(
                writing(
                    130,
                    Invalidate.class,
                    (out, value) -> {
                      out.number16(value.asyncId());
                      out.actorRef(value.instance());
                      out.fixed64(value.id());
                    }))
            .and(writing(131, Invalidated.class, (out, value) -> out.fixed64(value.id())))
            .and(
                deciding(
                    132,
                    Decision.Result.class,
                    (out, value) -> out.code(ProtocolCodes.RESULT_CODES, value.result().code()))));
  }

  /** One record can't be written. */
  static TestSerializer failingFor(ActorSystem<?> system, Class<?> broken) {
    RecordKryo kryo = new RecordKryo(ProtocolRegistrations.all(), ActorRefResolver.get(system));
    Registrations registrations = Registrations.none();
    for (var entry : ProtocolRegistrations.all().ids().entrySet()) {
      RecordSerializer<?> known =
          (RecordSerializer<?>) kryo.getRegistration(entry.getKey()).getSerializer();
      registrations =
          registrations.and(
              entry.getValue() == broken
                  ? failing(entry.getKey(), entry.getValue())
                  : same(entry.getKey(), entry.getValue(), known));
    }
    return new TestSerializer(system, registrations);
  }

  private static <T> Registrations failing(int id, Class<T> type) {
    return writing(
        id,
        type,
        (out, value) -> {
          out.text("the first field");
          throw new IllegalArgumentException("the second can't be written");
        });
  }

  @SuppressWarnings("unchecked")
  private static <T> Registrations same(int id, Class<T> type, RecordSerializer<?> known) {
    return writing(id, type, ((RecordSerializer<T>) known)::write);
  }

  private static void resume(FieldWriter out, Resume value) {
    out.key(value.key());
    if (!value.verdict().decision().equals(Decision.CONTINUE)) {
      out.verdict(value.verdict());
    }
  }

  /** What is left of a message that {@link #past} wrote. */
  static ProtocolMessage withDefaults(ProtocolMessage message) {
    if (message instanceof Grant grant) {
      return new Grant(grant.asyncId(), grant.instance(), 1);
    } else if (message instanceof FilterRequests requests) {
      return new FilterRequests(requests.router(), 0, List.of());
    } else if (message instanceof Invalidate i) {
      return new Invalidate(i.asyncId(), i.instance(), i.id(), "", false);
    } else if (message instanceof ResumeResults) {
      return new ResumeResults(List.<ResumeResult>of());
    } else if (message instanceof Resumes resumes) {
      return new Resumes(
          resumes.instance(),
          resumes.credits(),
          resumes.resumes().stream()
              .map(resume -> new Resume(resume.key(), withDefaults(resume.verdict())))
              .toList());
    }
    return message;
  }

  private static Verdict withDefaults(Verdict verdict) {
    if (verdict.decision() instanceof Decision.Addresses addresses) {
      return Verdict.of(new Decision.Addresses(addresses.addresses(), 0));
    } else if (verdict.decision() instanceof Decision.Result result) {
      return Verdict.result(new OperationResult(result.result().code(), Map.of()));
    }
    return Verdict.of(verdict.decision());
  }

  private static <D extends Decision> Registrations deciding(
      int id, Class<D> kind, BiConsumer<FieldWriter, D> fields) {
    return Registrations.none()
        .withVerdict(
            id,
            kind,
            serializer((out, verdict) -> fields.accept(out, kind.cast(verdict.decision()))));
  }

  private static <T> Registrations writing(
      int id, Class<T> type, BiConsumer<FieldWriter, T> fields) {
    return Registrations.none().with(id, type, serializer(fields));
  }

  private static <T> RecordSerializer<T> serializer(BiConsumer<FieldWriter, T> fields) {
    return new RecordSerializer<>() {
      @Override
      protected void write(FieldWriter out, T value) {
        fields.accept(out, value);
      }

      @Override
      protected T read(FieldReader in) {
        throw new UnsupportedOperationException();
      }
    };
  }
}
