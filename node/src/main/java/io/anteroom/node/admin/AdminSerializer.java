// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.protocol.kryo.KryoMessageSerializer;
import io.anteroom.protocol.kryo.Registrations;
import org.apache.pekko.actor.ExtendedActorSystem;

/** Writes what desks say to one another; its ids are 250 to 259, 270 to 279 and 285. */
public final class AdminSerializer extends KryoMessageSerializer {
  /** Part of the protocol, like the ids of the records. */
  static final int IDENTIFIER = 17_352;

  static final Registrations ALL =
      Registrations.none()
          .with(250, AdminDesk.ListSuspended.class, new AdminSerializers.OfListSuspended())
          .with(251, AdminDesk.ListFilters.class, new AdminSerializers.OfListFilters())
          .with(252, DeskPage.class, new AdminSerializers.OfDeskPage())
          .with(253, SuspendedRow.class, new AdminSerializers.OfSuspendedRow())
          .with(254, FilterRow.class, new AdminSerializers.OfFilterRow())
          .with(270, CacheDesk.ToPurge.class, new CacheSerializers.OfToPurge())
          .with(271, CacheDesk.Stats.class, new CacheSerializers.OfStats())
          .with(272, CacheDesk.Dump.class, new CacheSerializers.OfDump())
          .with(273, CachesRow.class, new CacheSerializers.OfCachesRow())
          .with(274, CacheEntryRow.class, new CacheSerializers.OfCacheEntryRow())
          .with(285, PurgedRow.class, new CacheSerializers.OfPurgedRow())
          .with(275, AdminDesk.ReloadNode.class, new ChangeSerializers.OfReloadNode())
          .with(276, AdminDesk.ListRules.class, new ChangeSerializers.OfListRules())
          .with(277, ReloadRow.class, new ChangeSerializers.OfReloadRow())
          .with(278, RuleRow.class, new ChangeSerializers.OfRuleRow())
          .with(279, RuleRow.Misfit.class, new ChangeSerializers.OfMisfit());

  /** Called by Pekko. */
  public AdminSerializer(ExtendedActorSystem system) {
    super(system, IDENTIFIER, AdminMessage.class, ALL);
  }
}
