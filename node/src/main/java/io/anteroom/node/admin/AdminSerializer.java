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
 * Writes what admin agents say to one another, in CBOR (RFC 8949). Only operators' commands send
 * it, so that Jackson may derive from the records how each is written; what every query needs is
 * written by hand, in {@link io.anteroom.protocol.kryo}.
 *
 * <p>A message is one of {@link #KINDS}, and so is each row within a page: both are named in the
 * bytes by the words given there, and no other class can be. A field that the reader does not know
 * is skipped, one that the writer did not send is empty, so new fields may be added. Whatever else
 * is wrong with the bytes costs the message only: it is counted and dropped, and the node that sent
 * it counts as one that did not answer.
 */
public final class AdminSerializer extends SerializerWithStringManifest {
  /**
   * Part of the protocol. Until the messages were in CBOR it was that of a Kryo serializer, so that
   * nodes before and after count one another's messages as unreadable.
   */
  static final int IDENTIFIER = 17_352;

  /** As large as a frame of Artery. */
  static final int MAX_BYTES = 256 << 10;

  /** What can be read, by words that are part of the protocol and outlast the names of classes. */
  static final Map<String, Class<?>> KINDS =
      Map.ofEntries(
          entry("list-suspended", AdminAgentActor.ListSuspended.class),
          entry("list-filters", AdminAgentActor.ListFilters.class),
          entry("list-rules", AdminAgentActor.ListRules.class),
          entry("reload", AdminAgentActor.ReloadNode.class),
          entry("purge", CacheAgent.ToPurge.class),
          entry("cache-stats", CacheAgent.Stats.class),
          entry("cache-dump", CacheAgent.Dump.class),
          entry("page", AdminPage.class),
          entry("suspended", SuspendedRow.class),
          entry("filter", FilterRow.class),
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

  /** Made when an operator first asks; most nodes start without. Two at once do no harm. */
  private ObjectMapper mapper() {
    ObjectMapper made = mapper;
    if (made == null) {
      made = AdminCbor.mapper(Adapter.toTyped(system));
      mapper = made;
    }
    return made;
  }

  /** How many messages of other admin agents this system could not read. */
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

  /** None: the kind is in the bytes. */
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
