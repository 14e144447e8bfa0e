// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.listener.Listener;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import io.anteroom.node.live.Live;
import io.anteroom.node.live.PoolStarter;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.query.Outlets;
import io.anteroom.node.query.QueryLog;
import io.anteroom.node.query.QueryProcessor;
import io.anteroom.node.query.Resources;
import io.anteroom.node.query.Spool;
import io.anteroom.node.query.Tracer;
import io.anteroom.node.suspend.Suspender;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * The upstream pools and listeners of a node; each belongs to one event loop. All methods but
 * {@link #moveSuspended} are for the thread of the context.
 */
final class QueryPart {
  private final ActorContext<?> context;
  private final NodeParts parts;
  private final OwnListeners own;
  private final PoolStarter pools;
  private final List<QueryProcessor.Parts> byLoop = new ArrayList<>();

  /** Also read by the thread of the membership actor. */
  private final List<ActorRef<OriginCommand>> listeners = new CopyOnWriteArrayList<>();

  private QueryPart(ActorContext<?> context, NodeParts parts, PoolStarter pools) {
    this.context = context;
    this.parts = parts;
    this.pools = pools;
    OpenSockets sockets = parts.network().sockets();
    this.own =
        new OwnListeners(() -> sockets.bound().stream().map(OpenSockets.Bound::address).toList());
  }

  /** Starts the upstream pools. Listeners are started with {@link #listen}. */
  static QueryPart start(
      ActorContext<?> context, NodeParts parts, Suspender suspender, SecureRandom random) {
    Resources shared = parts.resources();
    PoolStarter pools =
        new PoolStarter(
            parts.loops(), shared.upstreams(), shared.counters(), shared.nanoTime(), random);
    pools.start(context, parts.live());
    QueryPart part = new QueryPart(context, parts, pools);
    QueryLog log = new QueryLog(shared.counters());
    Spool spool =
        new Spool(
            () -> parts.live().settings().data(),
            () -> parts.filters().policyHost().tasks().files(),
            shared.counters(),
            Clock.systemUTC());
    for (int loop = 0; loop < parts.loops().count(); loop++) {
      Outlets outlets =
          new Outlets(parts.loops().get(loop), log, spool, part.own, shared.counters());
      part.byLoop.add(part.onLoop(loop, suspender, outlets));
    }
    return part;
  }

  private QueryProcessor.Parts onLoop(int loop, Suspender suspender, Outlets outlets) {
    Live live = parts.live();
    Resources shared = parts.resources();
    return new QueryProcessor.Parts(
        live::rules,
        shared.limits(),
        shared.cookies(),
        live::local,
        shared.cache(),
        live.pools(loop),
        suspender,
        outlets,
        shared.counters(),
        shared.nanoTime());
  }

  /** Creates the tracer, which shows how a query would be processed. */
  Tracer tracer(Suspender suspender) {
    Live live = parts.live();
    Resources shared = parts.resources();
    return new Tracer(
        new Tracer.Parts(
            live::acl,
            shared.limits(),
            live::rules,
            live::local,
            shared.cache(),
            live.pools(0),
            suspender,
            shared.nanoTime()));
  }

  /** Starts the listener of a socket; it takes queries from then on. */
  void listen(OpenSocket socket) {
    DispatcherSelector here = DispatcherSelector.fromConfig(EventLoops.dispatcher(socket.loop()));
    String name = "listener-" + socket.settings().transport().word() + "-" + listeners.size();
    listeners.add(context.spawn(socket.listener().apply(byLoop.get(socket.loop())), name, here));
  }

  List<ActorRef<OriginCommand>> listeners() {
    return listeners;
  }

  /** Moves suspended queries from other places to the place of new suspensions. For any thread. */
  void moveSuspended() {
    listeners.forEach(listener -> listener.tell(Listener.Order.MOVE));
  }

  PoolStarter pools() {
    return pools;
  }

  /** The addresses on which this node listens. */
  OwnListeners own() {
    return own;
  }
}
