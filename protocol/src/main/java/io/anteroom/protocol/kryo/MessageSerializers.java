// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;

/** Serializers of the messages and their elements. */
final class MessageSerializers {
  /** More elements than fit into an Artery frame. */
  private static final int MAX_BATCH = 65_536;

  private MessageSerializers() {}

  static final class OfAttach extends RecordSerializer<Attach> {
    @Override
    protected void write(FieldWriter out, Attach value) {
      out.number16(value.asyncId());
      out.actorRef(value.router());
    }

    @Override
    protected Attach read(FieldReader in) {
      return new Attach(in.number16(), in.actorRef());
    }
  }

  static final class OfGrant extends RecordSerializer<Grant> {
    /** The credits of a grant without this field. */
    private static final int DEFAULT_CREDITS = 1;

    private static final int MAX_CREDITS = 1_000_000;

    @Override
    protected void write(FieldWriter out, Grant value) {
      out.number16(value.asyncId());
      out.actorRef(value.instance());
      out.number(value.credits());
    }

    @Override
    protected Grant read(FieldReader in) {
      Grant grant =
          new Grant(in.number16(), in.actorRef(), in.more() ? in.number() : DEFAULT_CREDITS);
      if (grant.credits() < 0 || grant.credits() > MAX_CREDITS) {
        throw new Malformed("a grant of " + grant.credits());
      }
      return grant;
    }
  }

  static final class OfFilterRequests extends RecordSerializer<FilterRequests> {
    @Override
    protected void write(FieldWriter out, FilterRequests value) {
      out.actorRef(value.router());
      out.count(value.sequence());
      out.records(value.requests());
    }

    @Override
    protected FilterRequests read(FieldReader in) {
      return new FilterRequests(
          in.actorRef(),
          in.more() ? in.count() : 0,
          in.more() ? in.readableRecords(MAX_BATCH, FilterRequest.class) : List.of());
    }
  }

  /**
   * Undecided keys come last, without verdicts. An older reader skips them, and their queries wait
   * until their deadline. A verdict that can't be written is sent as undecided.
   */
  static final class OfResumes extends RecordSerializer<Resumes> {
    @Override
    protected void write(FieldWriter out, Resumes value) {
      List<Resume> decided = new ArrayList<>(value.resumes().size());
      List<SuspensionKey> undecided = new ArrayList<>(0);
      for (Resume resume : value.resumes()) {
        if (resume.verdict().isUndecided()) {
          undecided.add(resume.key());
        } else {
          decided.add(resume);
        }
      }
      out.actorRef(value.instance());
      out.number(value.credits());
      for (Resume unwritable : out.writableRecords(decided)) {
        undecided.add(unwritable.key());
      }
      out.list(undecided, FieldWriter::key);
    }

    @Override
    protected Resumes read(FieldReader in) {
      ActorRef<ToInstance> instance = in.actorRef();
      int credits = in.more() ? in.number() : 0;
      List<Resume> resumes = in.more() ? in.readableRecords(MAX_BATCH, Resume.class) : List.of();
      if (in.more()) {
        resumes = new ArrayList<>(resumes);
        for (SuspensionKey key : in.list(MAX_BATCH, FieldReader::key)) {
          resumes.add(new Resume(key, Verdict.undecided()));
        }
      }
      return new Resumes(instance, credits, List.copyOf(resumes));
    }
  }

  static final class OfResumeResults extends RecordSerializer<ResumeResults> {
    @Override
    protected void write(FieldWriter out, ResumeResults value) {
      out.records(value.results());
    }

    @Override
    protected ResumeResults read(FieldReader in) {
      return new ResumeResults(
          in.more() ? in.readableRecords(MAX_BATCH, ResumeResult.class) : List.of());
    }
  }

  static final class OfInvalidate extends RecordSerializer<Invalidate> {
    @Override
    protected void write(FieldWriter out, Invalidate value) {
      out.number16(value.asyncId());
      out.actorRef(value.instance());
      out.fixed64(value.id());
      out.text(value.name());
      out.flag(value.subtree());
    }

    @Override
    protected Invalidate read(FieldReader in) {
      return new Invalidate(
          in.number16(),
          in.actorRef(),
          in.fixed64(),
          in.more() ? in.text(Verdict.MAX_NAME_TEXT) : "",
          in.more() && in.flag());
    }
  }

  static final class OfInvalidated extends RecordSerializer<Invalidated> {
    @Override
    protected void write(FieldWriter out, Invalidated value) {
      out.fixed64(value.id());
    }

    @Override
    protected Invalidated read(FieldReader in) {
      return new Invalidated(in.fixed64());
    }
  }

  static final class OfOperation extends RecordSerializer<Operation> {
    @Override
    protected void write(FieldWriter out, Operation value) {
      out.values(value.arguments());
    }

    @Override
    protected Operation read(FieldReader in) {
      return new Operation(in.more() ? in.values() : Map.of());
    }
  }

  static final class OfFilterRequest extends RecordSerializer<FilterRequest> {
    @Override
    protected void write(FieldWriter out, FilterRequest value) {
      out.key(value.key());
      out.code(ProtocolCodes.STAGES, value.stage());
      out.socketAddress(value.client());
      out.code(ProtocolCodes.TRANSPORTS, ProtocolCodes.first(value.transport()));
      out.texts(value.tags());
      out.bytes(value.message());
      out.count(value.remainingMicros());
      out.optionalCode(ProtocolCodes.TRANSPORTS, ProtocolCodes.later(value.transport()));
      out.text(value.identity());
    }

    @Override
    protected FilterRequest read(FieldReader in) {
      SuspensionKey key = in.key();
      Stage stage = in.code(ProtocolCodes.STAGES);
      InetSocketAddress client = in.socketAddress();
      Transport first = in.code(ProtocolCodes.TRANSPORTS);
      Map<String, String> tags = VerdictSerializer.tags(in);
      byte[] message = in.more() ? in.bytes(Verdict.MAX_MESSAGE) : new byte[0];
      long remaining = in.more() ? in.count() : 0;
      Transport later = in.more() ? in.optionalCode(ProtocolCodes.TRANSPORTS) : null;
      String identity = in.more() ? in.text(FilterRequest.MAX_IDENTITY) : "";
      Transport transport = later == null ? first : later;
      return new FilterRequest(
          key, stage, client, transport, tags, message, remaining, null, identity);
    }
  }

  static final class OfResume extends RecordSerializer<Resume> {
    @Override
    protected void write(FieldWriter out, Resume value) {
      out.key(value.key());
      out.verdict(value.verdict());
    }

    @Override
    protected Resume read(FieldReader in) {
      SuspensionKey key = in.key();
      if (!in.more()) {
        return new Resume(key, Verdict.proceed());
      }
      // A verdict that this version can't read counts as undecided, so that the policy applies at
      // once.
      Verdict verdict = in.readableVerdict();
      return new Resume(key, verdict == null ? Verdict.undecided() : verdict);
    }
  }

  static final class OfResumeResult extends RecordSerializer<ResumeResult> {
    @Override
    protected void write(FieldWriter out, ResumeResult value) {
      out.key(value.key());
      out.code(ProtocolCodes.RESUME_STATUSES, value.status());
      out.optionalCode(ProtocolCodes.REJECTIONS, value.rejection());
    }

    @Override
    protected ResumeResult read(FieldReader in) {
      return new ResumeResult(
          in.key(),
          in.code(ProtocolCodes.RESUME_STATUSES),
          in.more() ? in.optionalCode(ProtocolCodes.REJECTIONS) : null);
    }
  }
}
