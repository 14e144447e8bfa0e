// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Described;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Describe;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.Waiting;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.kryo.FieldReader;
import io.anteroom.protocol.kryo.FieldWriter;
import io.anteroom.protocol.kryo.RecordSerializer;
import io.anteroom.protocol.kryo.Registrations;
import org.apache.pekko.actor.typed.ActorRef;

/** Serializers of {@link Describe} and its reply. */
final class DescriptionSerializers {
  static final Registrations ALL =
      Registrations.none()
          .with(240, Describe.class, new OfDescribe())
          .with(241, Described.class, new OfDescribed())
          .with(242, Waiting.class, new OfWaiting());

  private DescriptionSerializers() {}

  static final class OfDescribe extends RecordSerializer<Describe> {
    @Override
    protected void write(FieldWriter out, Describe value) {
      out.key(value.key());
      out.actorRef(value.replyTo());
    }

    @Override
    protected Describe read(FieldReader in) {
      return new Describe(in.key(), in.actorRef());
    }
  }

  static final class OfDescribed extends RecordSerializer<Described> {
    @Override
    protected void write(FieldWriter out, Described value) {
      out.key(value.key());
      out.optional(value.waiting());
      out.flag(value.ended());
    }

    @Override
    protected Described read(FieldReader in) {
      return new Described(in.key(), in.optional(Waiting.class), in.flag());
    }
  }

  static final class OfWaiting extends RecordSerializer<Waiting> {
    @Override
    protected void write(FieldWriter out, Waiting value) {
      out.record(new Suspend(value.state()));
      out.actorRef(value.entity());
      ActorRef<ToInstance> instance = value.instance();
      out.flag(instance != null);
      if (instance != null) {
        out.actorRef(instance);
      }
    }

    @Override
    protected Waiting read(FieldReader in) {
      Suspend suspend = in.record(Suspend.class);
      ActorRef<SuspensionCommand> entity = in.actorRef();
      return new Waiting(suspend.state(), entity, in.flag() ? in.<ToInstance>actorRef() : null);
    }
  }
}
