// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static java.util.Map.entry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.anteroom.protocol.kryo.Unreadable;
import java.io.IOException;
import java.io.NotSerializableException;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.jspecify.annotations.Nullable;

/**
 * Pekko serializer for messages between admin agents, in CBOR (RFC 8949). They are sent only for
 * operators' commands, so Jackson may derive the format from the records by reflection; messages of
 * every query have hand-written serializers in {@link io.anteroom.protocol.kryo}.
 *
 * <p>Each message, and each row in a page, is one of {@link #KINDS} and is identified in the bytes
 * by the word given there; no other class can be read. Unknown fields are skipped, and missing
 * texts, numbers, flags, lists and maps are empty, so fields of these types may be added. Any other
 * error drops this message only: it is counted, and its node counts as unanswered.
 */
public final class AdminSerializer extends SerializerWithStringManifest {
  /**
   * Part of the protocol. Older nodes use this identifier for a Kryo serializer, so old and new
   * nodes count one another's messages as unreadable.
   */
  static final int IDENTIFIER = 17_352;

  /** Artery's maximum frame size. */
  static final int MAX_BYTES = 256 << 10;

  /**
   * All classes that can be read, by their words, which are part of the protocol and independent of
   * class names.
   */
  static final Map<String, Class<?>> KINDS =
      Map.ofEntries(
          entry("list-suspended", AdminAgentActor.ListSuspended.class),
          entry("list-filters", AdminAgentActor.ListFilters.class),
          entry("list-rules", AdminAgentActor.ListRules.class),
          entry("show-status", AdminAgentActor.ShowStatus.class),
          entry("reload", AdminAgentActor.ReloadNode.class),
          entry("purge", CacheAgent.ToPurge.class),
          entry("cache-stats", CacheAgent.Stats.class),
          entry("cache-dump", CacheAgent.Dump.class),
          entry("page", AdminPage.class),
          entry("suspended", SuspendedRow.class),
          entry("filter", FilterRow.class),
          entry("status", StatusRow.class),
          entry("rule", RuleRow.class),
          entry("misfit", RuleRow.Misfit.class),
          entry("reloaded", ReloadRow.class),
          entry("purged", PurgedRow.class),
          entry("caches", CachesRow.class),
          entry("cache-entry", CacheEntryRow.class));

  private final LongAdder unreadable = new LongAdder();
  private final ExtendedActorSystem system;
  private volatile @Nullable ObjectMapper mapper;

  /** Called by Pekko. */
  public AdminSerializer(ExtendedActorSystem system) {
    this.system = system;
  }

  /** Created at an operator's first request. A race that creates two is harmless. */
  private ObjectMapper mapper() {
    ObjectMapper made = mapper;
    if (made == null) {
      made = AdminCbor.mapper(Adapter.toTyped(system));
      mapper = made;
    }
    return made;
  }

  /** Number of messages of other admin agents that this system could not read. */
  static long unreadable(ActorSystem<?> system) {
    return of(system).unreadable.sum();
  }

  static AdminSerializer of(ActorSystem<?> system) {
    try {
      return (AdminSerializer)
          SerializationExtension.get(Adapter.toClassic(system)).serializerFor(AdminMessage.class);
    } catch (NotSerializableException e) {
      throw new IllegalArgumentException("no serializer of admin agents in " + system.name(), e);
    }
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  /** Empty, because the kind is in the bytes. */
  @Override
  public String manifest(Object message) {
    return "";
  }

  @Override
  public byte[] toBinary(Object message) {
    try {
      return mapper().writeValueAsBytes((AdminMessage) message);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("can't be written: " + message.getClass(), e);
    }
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    try {
      if (bytes.length > MAX_BYTES) {
        throw new IllegalArgumentException(bytes.length + " bytes");
      }
      return mapper().readValue(bytes, AdminMessage.class);
    } catch (JsonProcessingException e) {
      throw unreadable(e.getOriginalMessage());
    } catch (IOException | RuntimeException e) {
      throw unreadable(e.toString());
    }
  }

  private Unreadable unreadable(String why) {
    unreadable.increment();
    return new Unreadable(why);
  }
}
