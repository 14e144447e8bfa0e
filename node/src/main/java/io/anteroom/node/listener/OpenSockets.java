// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.net.BindFailure;
import io.anteroom.node.net.Descriptors;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.query.QueryProcessor;
import io.anteroom.node.zone.FileWatch;
import io.anteroom.protocol.Transport;
import io.netty.channel.Channel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.pekko.actor.typed.Behavior;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bound sockets of a node's listeners, which do not read yet. They are opened before the actors
 * that own them, so that a port in use stops the start of the node with a clear message. Sockets on
 * addresses that are added to the machine later are opened while the node runs, see {@link
 * #follow}.
 */
public final class OpenSockets {
  private static final Logger LOG = LoggerFactory.getLogger(OpenSockets.class);

  private static final Duration LOOK = Duration.ofSeconds(1);

  private final SocketBinder binder;
  private final Bindings bindings;
  private final MachineAddresses machine;
  private final List<OpenSocket> sockets = new CopyOnWriteArrayList<>();
  private final List<Wildcard> wildcards = new ArrayList<>();
  private @Nullable AddressFollower follower;
  private @Nullable FileWatch certificateWatch;

  /**
   * A bound socket.
   *
   * @param loop number of its event loop
   * @param listener creates the actor that owns the socket, from its event loop's parts of the
   *     query processor
   */
  public record OpenSocket(
      ListenerSettings settings,
      int loop,
      Channel channel,
      Function<QueryProcessor.Parts, Behavior<OriginCommand>> listener) {}

  private OpenSockets(SocketBinder binder, Bindings bindings, MachineAddresses machine) {
    this.binder = binder;
    this.bindings = bindings;
    this.machine = machine;
  }

  /**
   * Binds all sockets. To be called on a thread that may block, not on an event loop.
   *
   * @param upstream most sockets to upstream servers, whose file descriptors are not used for
   *     connections of clients
   * @throws IOException if one can't be bound, with a message for the operator; none is left open
   */
  public static OpenSockets open(
      List<ListenerSettings> listeners,
      long upstream,
      EventLoops loops,
      Acl acl,
      Counters<Counter> counters)
      throws IOException {
    return open(listeners, upstream, loops, acl, counters, MachineAddresses.OF_THIS_MACHINE);
  }

  static OpenSockets open(
      List<ListenerSettings> listeners,
      long upstream,
      EventLoops loops,
      Acl acl,
      Counters<Counter> counters,
      MachineAddresses machine)
      throws IOException {
    Bindings bindings = new Bindings(loops, acl, counters, maxConnections(listeners, upstream));
    OpenSockets open = new OpenSockets(new SocketBinder(loops), bindings, machine);
    for (ListenerSettings settings : listeners) {
      try {
        open.open(settings);
      } catch (UncheckedIOException e) {
        open.close();
        throw new IOException(e.getMessage(), e);
      } catch (RuntimeException e) {
        open.close();
        throw e;
      } catch (IOException e) {
        open.close();
        InetSocketAddress address = settings.address();
        throw new IOException(
            "can't listen on %s %s: %s"
                .formatted(
                    settings.transport().word(),
                    Addresses.text(address),
                    BindFailure.reason(address.getPort(), e)),
            e);
      }
    }
    return open;
  }

  private void open(ListenerSettings settings) throws IOException {
    Binding binding = settings.accept(bindings);
    if (Wildcard.is(settings)) {
      Wildcard wildcard = new Wildcard(binding, machine);
      wildcards.add(wildcard);
      wildcard.open(binder, sockets::add);
    } else {
      sockets.addAll(binder.bind(binding, settings.address().getAddress()));
    }
  }

  /**
   * Opens sockets on addresses that are added to the machine, for listeners on a wildcard address,
   * until {@link #stopFollowing}. The machine's addresses are checked every 2 s.
   *
   * @param opened takes each socket, which does not read yet, on a separate thread
   */
  public void follow(Consumer<OpenSocket> opened) {
    List<Wildcard> growing = wildcards.stream().filter(Wildcard::canGrow).toList();
    if (!growing.isEmpty()) {
      follower =
          AddressFollower.start(
              growing,
              binder,
              socket -> {
                sockets.add(socket);
                opened.accept(socket);
              });
    }
  }

  /**
   * Reads certificates again when their files change, until {@link #stopFollowing}. The files are
   * checked every second.
   */
  public void watchCertificates() {
    List<Certificates<?>> all = bindings.certificates();
    if (!all.isEmpty()) {
      certificateWatch =
          FileWatch.start(
              "anteroom-certificates",
              LOOK,
              () -> all.forEach(Certificates::look),
              bug -> LOG.error("certificates can't be looked at", bug));
    }
  }

  /** The certificates of all listeners. */
  public List<Certificates.Status> certificates() {
    return bindings.certificates().stream().flatMap(each -> each.status().stream()).toList();
  }

  /** Opens no more sockets, and reads no more certificates. */
  public void stopFollowing() {
    if (certificateWatch != null) {
      certificateWatch.close();
    }
    if (follower != null) {
      follower.stop();
    }
  }

  /**
   * Number of connections per listener for which there are file descriptors. Logs a warning if the
   * configuration asks for more.
   */
  private static int maxConnections(List<ListenerSettings> listeners, long upstream) {
    List<ListenerSettings.OnTcp> onTcp =
        listeners.stream()
            .filter(ListenerSettings.OnTcp.class::isInstance)
            .map(ListenerSettings.OnTcp.class::cast)
            .toList();
    long limit = Descriptors.limit();
    int each = Descriptors.forConnections(limit, upstream, onTcp.size());
    for (ListenerSettings.OnTcp listener : onTcp) {
      int wanted = listener.connections().maxConnections();
      if (wanted > each) {
        LOG.warn(
            "{} takes {} connections at most, and not {}: this process may have {} files open, of"
                + " which upstream servers may need {}; raise that limit (ulimit -n, LimitNOFILE)",
            listener.name(),
            each,
            wanted,
            limit,
            upstream);
      }
    }
    return each;
  }

  public List<OpenSocket> all() {
    return List.copyOf(sockets);
  }

  /** The bound addresses, without duplicates. */
  public List<Bound> bound() {
    Set<Bound> all = new LinkedHashSet<>();
    for (OpenSocket socket : sockets) {
      all.add(
          new Bound(
              socket.settings().transport(), (InetSocketAddress) socket.channel().localAddress()));
    }
    return List.copyOf(all);
  }

  /** A transport and address where clients can send queries. */
  public record Bound(Transport transport, InetSocketAddress address) {}

  /** Closes all sockets; only needed if no actor owns them. Not to be called on an event loop. */
  public void close() {
    stopFollowing();
    sockets.forEach(socket -> socket.channel().close().awaitUninterruptibly());
  }
}
