// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.anteroom.node.admin.AdminAccess;
import io.anteroom.node.admin.AdminToken;
import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.AdminSettings;
import io.anteroom.node.config.ClusterSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.filter.Connectors;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.listener.Acl;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.live.Live;
import io.anteroom.node.live.Reloads;
import io.anteroom.node.live.RuleBook;
import io.anteroom.node.live.Steward;
import io.anteroom.node.net.BindFailure;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.EventLoopsSetup;
import io.anteroom.node.port.ClusterPort;
import io.anteroom.node.port.PortTls;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.rule.RuleContext;
import io.anteroom.node.suspend.Homes;
import io.anteroom.node.upstream.SharedPool;
import io.anteroom.node.zone.LocalData;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.MemberConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/** A running node. Safe for any thread. */
public final class Node {
  private static final Duration OPENING = Duration.ofSeconds(20);
  private static final Duration LOOPS_END = Duration.ofSeconds(3);

  /** The most that leaving a cluster takes: Pekko's own phases end before. */
  private static final Duration LEAVING = Duration.ofSeconds(20);

  /** The name of the ActorSystem that is no member; it shows in the names of threads. */
  private static final String SYSTEM = "anteroom-node";

  private final NodeParts parts;
  private final ActorSystem<NodeGuardian.Command> system;
  private final ClusterPart.Current cluster;
  private final CompletableFuture<Void> ready;
  private final CompletableFuture<@Nullable InetSocketAddress> admin;
  private final CompletionStage<Void> terminated;

  private Node(
      NodeParts parts,
      ActorSystem<NodeGuardian.Command> system,
      ClusterPart.Current cluster,
      CompletableFuture<Void> ready,
      CompletableFuture<@Nullable InetSocketAddress> admin) {
    this.parts = parts;
    this.system = system;
    this.cluster = cluster;
    this.ready = ready;
    this.admin = admin;
    this.terminated =
        system
            .getWhenTerminated()
            .thenAccept(
                done -> {
                  ready.completeExceptionally(new IllegalStateException("the node has ended"));
                  admin.completeExceptionally(new IllegalStateException("the node has ended"));
                  parts.live().local().close();
                  parts.live().rules().context().close();
                  parts.clusterPort().close();
                  parts.connectors().close();
                  parts.loops().shutdown().awaitUninterruptibly(LOOPS_END.toMillis());
                });
    drainBeforeLeaving();
  }

  /** Starts a node without filters of its own. */
  public static Node start(NodeConfiguration configuration) throws StartException {
    return start(configuration, Map.of());
  }

  /**
   * Starts a node and returns when its sockets are bound. It answers when it has joined its cluster
   * and found its filters, or has waited as long as the settings say.
   *
   * @param embedded filters that run in this process, by the name of their service
   * @throws StartException if it can't be started, with a message for the operator
   */
  public static Node start(NodeConfiguration configuration, Map<String, Filter> embedded)
      throws StartException {
    NodeParts parts = open(configuration, embedded);
    CompletableFuture<Void> ready = new CompletableFuture<>();
    CompletableFuture<@Nullable InetSocketAddress> admin = new CompletableFuture<>();
    ClusterPart.Current cluster = new ClusterPart.Current();
    Node node;
    try {
      ActorSystem<NodeGuardian.Command> system =
          ActorSystem.create(
              NodeGuardian.create(parts, cluster, ready, admin),
              SYSTEM,
              ActorSystemSetup.create(
                  BootstrapSetup.create(config(configuration.settings(), parts.loops())),
                  new EventLoopsSetup(parts.loops())));
      node = new Node(parts, system, cluster, ready, admin);
    } catch (RuntimeException e) {
      parts.sockets().close();
      parts.clusterPort().close();
      parts.connectors().close();
      configuration.chains().context().close();
      parts.loops().shutdown();
      throw new StartException("can't start: " + e.getMessage());
    }
    parts.live().local().startWatching();
    node.awaitAdmin();
    return node;
  }

  private static NodeParts open(NodeConfiguration configuration, Map<String, Filter> embedded)
      throws StartException {
    Deque<Runnable> opened = new ArrayDeque<>();
    boolean complete = false;
    try {
      NodeParts parts = open(configuration, embedded, opened);
      complete = true;
      return parts;
    } catch (IOException e) {
      throw new StartException(String.valueOf(e.getMessage()));
    } finally {
      if (!complete) {
        opened.forEach(Runnable::run);
      }
    }
  }

  /**
   * Opens all that a node needs before its actors start.
   *
   * @param opened is given what closes each thing that is open, the last one first; for the caller
   *     to do if this fails, by whatever exception
   */
  private static NodeParts open(
      NodeConfiguration configuration, Map<String, Filter> embedded, Deque<Runnable> opened)
      throws IOException {
    NodeSettings settings = configuration.settings();
    Counters<Counter> counters = new Counters<>(Counter.class);
    EventLoops loops = new EventLoops(settings.loops());
    opened.push(loops::shutdown);
    RuleContext context = configuration.chains().context();
    opened.push(context::close);
    AdminAccess admin = access(settings.admin());
    LocalData local = LocalData.load(settings, counters);
    opened.push(local::close);
    RuleBook book = new RuleBook(configuration.live(), configuration.edits());
    Live live = new Live(settings, book.rules().chains(), local);
    ClusterPort port = openClusterPort(settings.cluster(), counters);
    opened.push(port::close);
    Connectors connectors = Connectors.open(settings.filters().values(), loops.get(0));
    opened.push(connectors::close);
    Map<String, SharedPool> upstreams = new ConcurrentSkipListMap<>();
    context.open(pool -> NodeParts.isUsable(upstreams, pool), counters);
    Acl acl = new Acl(live::acl, counters);
    OpenSockets sockets =
        OpenSockets.open(
            settings.listeners(), upstreamSockets(settings, local), loops, acl, counters);
    opened.push(sockets::close);
    return new NodeParts(
        configuration,
        live,
        book,
        new Reloads(Clock.systemUTC()),
        loops,
        sockets,
        NodeParts.cache(settings, counters),
        new VerdictCache(settings.verdictCacheBytes(), System::nanoTime),
        FilterServices.of(settings.filters().values()),
        connectors,
        NodeParts.byAsyncId(embedded, settings.filters()),
        counters,
        new Limits(settings.responseLimit(), settings.blocks(), counters, System::nanoTime),
        port,
        upstreams,
        admin);
  }

  /** How many there may be, of all pools on all event loops. */
  private static long upstreamSockets(NodeSettings settings, LocalData local) {
    long perLoop =
        Stream.of(settings.upstreams(), local.pools())
            .flatMap(pools -> pools.values().stream())
            .mapToLong(pool -> (long) pool.servers().size() * pool.sockets().most())
            .sum();
    return settings.loops() * perLoop;
  }

  private static ClusterPort openClusterPort(ClusterSettings settings, Counters<Counter> counters)
      throws IOException {
    ClusterSettings.Tls tls = settings.tls();
    try {
      return ClusterPort.open(
          settings.listen(),
          tls == null ? null : new PortTls(tls.key(), tls.certificate(), tls.caCertificate()),
          counters);
    } catch (IOException e) {
      throw new IOException(
          "can't open the cluster port %s:%d: %s"
              .formatted(
                  settings.listen().getHostString(),
                  settings.listen().getPort(),
                  BindFailure.reason(settings.listen().getPort(), e)),
          e);
    }
  }

  private static @Nullable AdminAccess access(@Nullable AdminSettings settings) throws IOException {
    return settings == null
        ? null
        : new AdminAccess(
            settings.address(), AdminToken.openOrCreate(settings.tokenFile(), new SecureRandom()));
  }

  private void awaitAdmin() throws StartException {
    try {
      admin.get(OPENING.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      if (e.getCause() instanceof NodeGuardian.NoMember noMember) {
        system.terminate();
        terminated.toCompletableFuture().join();
        throw new StartException("can't start: " + noMember.getMessage());
      }
      AdminSettings settings = parts.configuration().settings().admin();
      system.terminate();
      terminated.toCompletableFuture().join();
      if (settings == null) {
        throw new StartException("can't start: " + e);
      }
      InetSocketAddress address = settings.address();
      throw new StartException(
          "can't open the admin port %s: %s"
              .formatted(Addresses.text(address), BindFailure.reason(address.getPort(), e)));
    }
  }

  /** What the listeners, pools and the admin interface run in is no member of any cluster. */
  private static Config config(NodeSettings settings, EventLoops loops) {
    String phases = "pekko.coordinated-shutdown.phases.";
    Duration drain = settings.drain().plusSeconds(2);
    return ConfigFactory.parseMap(
            Map.of(
                phases + "service-requests-done.timeout", drain.toMillis() + "ms",
                phases + "before-cluster-shutdown.timeout", LEAVING.toMillis() + "ms"))
        .withFallback(loops.dispatchers())
        .withFallback(MemberConfig.local());
  }

  private void drainBeforeLeaving() {
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseServiceRequestsDone(),
            "drain",
            () -> {
              CompletableFuture<Done> drained = new CompletableFuture<>();
              system.tell(new NodeGuardian.Drain(drained));
              return drained;
            });
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeClusterShutdown(),
            "leave-cluster",
            () -> {
              CompletableFuture<Done> left = new CompletableFuture<>();
              system.tell(new NodeGuardian.Leave(left));
              return left;
            });
  }

  /** Where it listens, as bound. */
  public List<OpenSockets.Bound> listening() {
    return parts.sockets().bound();
  }

  /** Where the admin interface listens, as bound; null without one. */
  public @Nullable InetSocketAddress adminAddress() {
    return admin.join();
  }

  /** Completes when the node can suspend: it is a member that is up, and has shards of its own. */
  public CompletionStage<Void> whenReady() {
    return ready;
  }

  /** Loads the configuration again, as a whole or not at all. */
  public CompletionStage<Steward.Reloaded> reload() {
    CompletableFuture<Steward.Reloaded> reloaded = new CompletableFuture<>();
    system.tell(new NodeGuardian.Reload(reloaded));
    return reloaded;
  }

  /** Drains, leaves the cluster and ends. Idempotent. */
  public CompletionStage<Void> stop() {
    CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.unknownReason());
    return terminated;
  }

  /** Completes when the node has ended, for whatever reason. */
  public CompletionStage<Void> whenTerminated() {
    return terminated;
  }

  /**
   * The member of a cluster that this node is now; another one after it has changed its cluster.
   */
  public ActorSystem<?> system() {
    return cluster.get().system();
  }

  public Counters<Counter> counters() {
    return parts.counters();
  }

  /** The filter services, by asyncID. */
  public Map<Integer, FilterService> services() {
    return parts.services().all().stream()
        .collect(Collectors.toUnmodifiableMap(FilterService::asyncId, service -> service));
  }

  /** Who is blocked and limited. */
  Limits limits() {
    return parts.limits();
  }

  /** The rules that queries go through which begin now. */
  Chains rules() {
    return parts.live().rules();
  }

  /** The shards that live here now. */
  Homes homes() {
    return cluster.get().homes();
  }

  /** A node could not be started; the message is for the operator. */
  public static final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    public StartException(String message) {
      super(message);
    }
  }
}
