// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.AdminSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.live.ConfigReloader;
import io.anteroom.node.net.BindFailure;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.EventLoopsSetup;
import io.anteroom.node.policy.PolicyMetrics;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.suspend.LocalShards;
import io.anteroom.protocol.sdk.Filter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.pekko.Done;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/** A running node. Safe for any thread. */
public final class Node {
  private static final Duration OPENING = Duration.ofMinutes(1);
  private static final Duration LOOPS_END = Duration.ofSeconds(3);

  /** The maximum time to leave a cluster; Pekko's own phases end earlier. */
  private static final Duration LEAVING = Duration.ofSeconds(20);

  /** The name of the ActorSystem that is not a cluster member; it is part of thread names. */
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
                  parts.close().awaitUninterruptibly(LOOPS_END.toMillis());
                });
    drainBeforeLeaving();
  }

  /** Starts a node without embedded filters. */
  public static Node start(NodeConfiguration configuration) throws StartException {
    return start(configuration, Map.of());
  }

  /**
   * Starts a node. Returns when its sockets are bound. It answers queries when it has joined its
   * cluster and found its filters, or after the maximum time in the settings.
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
      parts.network().sockets().close();
      var unused = parts.close();
      throw new StartException("can't start: " + e.getMessage());
    }
    parts.live().local().startWatching();
    node.awaitAdmin();
    return node;
  }

  private static NodeParts open(NodeConfiguration configuration, Map<String, Filter> embedded)
      throws StartException {
    try {
      return NodeBuilder.open(configuration, embedded);
    } catch (IOException e) {
      throw new StartException(String.valueOf(e.getMessage()));
    }
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
      AdminSettings settings = parts.settings().admin();
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

  /**
   * The configuration of the ActorSystem of listeners, pools and admin interface, which is not a
   * cluster member.
   */
  private static Config config(NodeSettings settings, EventLoops loops) {
    String phases = "pekko.coordinated-shutdown.phases.";
    Duration drain = settings.drain().plusSeconds(2);
    return ConfigFactory.parseMap(
            Map.of(
                phases + "service-requests-done.timeout", drain.toMillis() + "ms",
                phases + "before-cluster-shutdown.timeout", LEAVING.toMillis() + "ms"))
        .withFallback(loops.dispatchers())
        .withFallback(PekkoSettings.local());
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

  /** The bound addresses of the listeners. */
  public List<OpenSockets.Bound> listening() {
    return parts.network().sockets().bound();
  }

  /** The bound address of the admin interface; null if there is none. */
  public @Nullable InetSocketAddress adminAddress() {
    return admin.join();
  }

  /**
   * Completes when the node answers and can suspend queries: its cluster part has taken over and
   * has local shards, and its embedded filters are registered.
   */
  public CompletionStage<Void> whenReady() {
    return ready;
  }

  /** Reloads the configuration, completely or not at all. */
  public CompletionStage<ConfigReloader.Reloaded> reload() {
    CompletableFuture<ConfigReloader.Reloaded> reloaded = new CompletableFuture<>();
    system.tell(new NodeGuardian.Reload(reloaded));
    return reloaded;
  }

  /** Stops the node: it drains, leaves the cluster and ends. Idempotent. */
  public CompletionStage<Void> stop() {
    CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.unknownReason());
    return terminated;
  }

  /** Completes when the node has ended, for any reason. */
  public CompletionStage<Void> whenTerminated() {
    return terminated;
  }

  /**
   * The ActorSystem that is the cluster member now; a different one after the node has changed its
   * cluster.
   */
  public ActorSystem<?> system() {
    return cluster.get().system();
  }

  public Counters<Counter> counters() {
    return parts.resources().counters();
  }

  /** What policies count themselves. */
  public PolicyMetrics policyMetrics() {
    return parts.resources().policies();
  }

  /** The filter services, by asyncID. */
  public Map<Integer, FilterService> services() {
    return parts.filters().services().all().stream()
        .collect(Collectors.toUnmodifiableMap(FilterService::asyncId, service -> service));
  }

  /** The blocks and response rate limits. */
  Limits limits() {
    return parts.resources().limits();
  }

  /** The current rules, for new queries. */
  Chains rules() {
    return parts.live().rules();
  }

  /** The shards that are on this node now. */
  LocalShards localShards() {
    return cluster.get().localShards();
  }

  /** A node could not be started; the message is for the operator. */
  public static final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    public StartException(String message) {
      super(message);
    }
  }
}
