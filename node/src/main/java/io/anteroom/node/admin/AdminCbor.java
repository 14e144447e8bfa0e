// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import io.anteroom.node.cache.Purge;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * Jackson configuration for messages between admin agents: strict and bounded, and only listed
 * classes can be read.
 */
final class AdminCbor {
  /** Enough for a page with rows that contain instances. */
  private static final int MAX_DEPTH = 8;

  /** In characters; actor paths are the longest texts. */
  private static final int MAX_TEXT = 2048;

  private static final int MAX_NAME = 64;

  private static final StreamReadConstraints BOUNDS =
      StreamReadConstraints.builder()
          .maxNestingDepth(MAX_DEPTH)
          .maxStringLength(MAX_TEXT)
          .maxNameLength(MAX_NAME)
          .maxNumberLength(Long.toString(Long.MIN_VALUE).length())
          .build();

  /** A missing or null value is read as empty; null elements are an error. */
  private static final JsonSetter.Value EMPTY =
      JsonSetter.Value.construct(Nulls.AS_EMPTY, Nulls.FAIL);

  private AdminCbor() {}

  static ObjectMapper mapper(ActorSystem<?> system) {
    CBORMapper mapper =
        CBORMapper.builder(CBORFactory.builder().streamReadConstraints(BOUNDS).build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
            .withConfigOverride(String.class, type -> type.setSetterInfo(EMPTY))
            .withConfigOverride(List.class, type -> type.setSetterInfo(EMPTY))
            .withConfigOverride(Map.class, type -> type.setSetterInfo(EMPTY))
            .addMixIn(AdminMessage.class, Kind.class)
            .addMixIn(AdminPage.Row.class, Kind.class)
            .addMixIn(Purge.class, PurgeAsBytes.class)
            .addModule(references(system))
            .build();
    AdminSerializer.KINDS.forEach(
        (word, type) -> mapper.registerSubtypes(new NamedType(type, word)));
    return mapper;
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "@kind")
  private interface Kind {}

  /**
   * Writes a purge in the format of the caches: an unknown purge of a later version is read as a
   * purge of everything.
   */
  private abstract static class PurgeAsBytes {
    @JsonValue
    abstract byte[] toBytes();

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Purge read(byte[] unused) {
      throw new UnsupportedOperationException();
    }
  }

  private static SimpleModule references(ActorSystem<?> system) {
    SimpleModule module = new SimpleModule();
    module.addSerializer(new WriteRef(system));
    module.addDeserializer(ActorRef.class, new ReadRef(system));
    return module;
  }

  /** Fetched on first use, because the resolver needs serialization itself. */
  private static final class WriteRef extends StdScalarSerializer<ActorRef<?>> {
    private static final long serialVersionUID = 1;

    private final transient ActorSystem<?> system;

    WriteRef(ActorSystem<?> system) {
      super(ActorRef.class, false);
      this.system = system;
    }

    @Override
    public void serialize(ActorRef<?> ref, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(ActorRefResolver.get(system).toSerializationFormat(ref));
    }
  }

  private static final class ReadRef extends StdScalarDeserializer<ActorRef<?>> {
    private static final long serialVersionUID = 1;

    private final transient ActorSystem<?> system;

    ReadRef(ActorSystem<?> system) {
      super(ActorRef.class);
      this.system = system;
    }

    @Override
    public ActorRef<?> deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      if (!in.hasToken(JsonToken.VALUE_STRING)) {
        return (ActorRef<?>) context.handleUnexpectedToken(ActorRef.class, in);
      }
      return ActorRefResolver.get(system).resolveActorRef(in.getText());
    }
  }
}
