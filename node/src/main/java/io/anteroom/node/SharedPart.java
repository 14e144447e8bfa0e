// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.admin.AdminInterface;
import io.anteroom.node.cache.Purger;
import io.anteroom.node.config.CookieSettings;
import io.anteroom.node.query.CookieKeeper;
import io.anteroom.node.query.Resources;
import io.anteroom.node.rate.BlockKeeper;
import io.anteroom.node.share.Shares;
import java.security.SecureRandom;
import java.time.Clock;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Starts the actors that keep caches and blocks alike on all nodes of a cluster: purges of the
 * caches, blocks of clients, and the secret of cookies. Changes of the rules are shared by the
 * config reloader.
 *
 * @param shares the tables that all nodes share
 */
record SharedPart(Shares shares, ActorRef<Purger.Command> purger) {
  static SharedPart start(ActorContext<?> context, NodeParts parts) {
    Resources shared = parts.resources();
    Shares shares = new Shares();
    ActorRef<Purger.Command> purger =
        context.spawn(
            Purger.create(
                shared.cache(), shared.verdicts(), shares, shared.counters(), shared.nanoTime()),
            "purger",
            AdminInterface.DISPATCHER);
    shared
        .limits()
        .keptBy(
            context.spawn(
                BlockKeeper.create(
                    parts.name(), shared.limits(), shares, shared.counters(), shared.nanoTime()),
                "block-keeper"));
    CookieSettings cookies = parts.settings().cookies();
    if (cookies != null && cookies.secretFile() == null) {
      context.spawn(
          CookieKeeper.create(
              shared.cookies(), shares, shared.counters(), new SecureRandom(), Clock.systemUTC()),
          "cookie-keeper");
    }
    return new SharedPart(shares, purger);
  }
}
