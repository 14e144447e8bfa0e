// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.admin.AdminAccess;
import io.anteroom.node.admin.AdminToken;
import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.config.AdminSettings;
import io.anteroom.node.config.ClusterSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.filter.Connectors;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.FileHandlers;
import io.anteroom.node.listener.Acl;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.live.Changeable;
import io.anteroom.node.live.Live;
import io.anteroom.node.live.Reloads;
import io.anteroom.node.live.RuleBook;
import io.anteroom.node.net.BindFailure;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.operation.LazyDirectory;
import io.anteroom.node.operation.Operations;
import io.anteroom.node.operation.WorkerPools;
import io.anteroom.node.policy.Extension;
import io.anteroom.node.policy.OperationLaunches;
import io.anteroom.node.policy.Policies;
import io.anteroom.node.policy.PolicyHost;
import io.anteroom.node.policy.PolicyMetrics;
import io.anteroom.node.policy.StartedPolicies;
import io.anteroom.node.port.ClusterPort;
import io.anteroom.node.port.PortTls;
import io.anteroom.node.query.CookieJar;
import io.anteroom.node.query.Resources;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.rule.RuleContext;
import io.anteroom.node.zone.LocalData;
import io.anteroom.protocol.sdk.Filter;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Opens everything that a node needs before its actors start. One for each node. */
final class NodeBuilder {
  private static final LongSupplier CLOCK = System::nanoTime;

  private final NodeConfiguration configuration;
  private final NodeSettings settings;
  private final Counters<Counter> counters = new Counters<>(Counter.class);

  /** Closes each part opened so far, the last one first. */
  private final Deque<Runnable> opened = new ArrayDeque<>();

  private NodeBuilder(NodeConfiguration configuration) {
    this.configuration = configuration;
    this.settings = configuration.settings();
  }

  /**
   * Opens the parts of a node. If it throws, it has closed all of them again.
   *
   * @param embedded filters that run in this process, by the name of their service
   * @throws IOException if a part can't be opened, with a message for the operator
   */
  static NodeParts open(NodeConfiguration configuration, Map<String, Filter> embedded)
      throws IOException {
    NodeBuilder builder = new NodeBuilder(configuration);
    boolean complete = false;
    try {
      NodeParts parts = builder.build(embedded);
      complete = true;
      return parts;
    } finally {
      if (!complete) {
        builder.opened.forEach(Runnable::run);
      }
    }
  }

  private NodeParts build(Map<String, Filter> embedded) throws IOException {
    EventLoops loops = new EventLoops(settings.loops());
    opened.push(loops::shutdown);
    RuleContext context = configuration.chains().context();
    opened.push(context::close);
    AdminAccess admin = access(settings.admin());
    LocalData local = LocalData.load(settings, counters);
    opened.push(local::close);
    Changeable changeable = changeable(local);
    ClusterPort port = openClusterPort(settings.cluster());
    opened.push(port::close);
    Resources resources = resources();
    opened.push(resources.workers()::close);
    opened.push(resources.cookies()::close);
    NodeParts.Filters filters = filters(loops, embedded, resources);
    context.open(resources::isUsable, counters);
    Acl acl = new Acl(changeable.live()::acl, counters);
    OpenSockets sockets =
        OpenSockets.open(settings.listeners(), upstreamSockets(local), loops, acl, counters);
    opened.push(sockets::close);
    return new NodeParts(
        settings,
        changeable,
        resources,
        filters,
        new NodeParts.Network(loops, sockets, port, admin));
  }

  private NodeParts.Filters filters(
      EventLoops loops, Map<String, Filter> embedded, Resources resources) throws IOException {
    Operations operations =
        Operations.open(
            settings,
            loops.get(0),
            resources.workers(),
            configuration.live().policies().extension().runners());
    opened.push(operations::close);
    Connectors connectors = Connectors.open(settings.filters().values(), loops.get(0), operations);
    opened.push(connectors::close);
    FilterServices services = FilterServices.of(settings.filters().values());
    PolicyHost host =
        new PolicyHost(
            loops.all(),
            new OperationLaunches(operations::get, id -> services.require(id).settings().timeout()),
            new PolicyHost.Tasks(
                resources.workers(),
                new LazyDirectory(settings.data().directory()),
                resources.policies(),
                new FileHandlers()),
            new StartedPolicies(),
            counters,
            CLOCK);
    Extension extension = configuration.live().policies().extension();
    opened.push(extension::close);
    opened.push(host.started()::close);
    start(configuration.live().policies(), host);
    return new NodeParts.Filters(
        services, connectors, operations, byAsyncId(embedded), host, extension);
  }

  private static void start(Policies policies, PolicyHost host) throws IOException {
    try {
      policies.start(host);
      host.tasks().files().set(policies.fileHandlers());
    } catch (InvalidConfiguration e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private Changeable changeable(LocalData local) {
    RuleBook book = new RuleBook(configuration.live(), configuration.edits());
    return new Changeable(
        new Live(settings, book.rules().chains(), local),
        configuration::loadAgain,
        book,
        configuration.rulesFile(),
        new Reloads(Clock.systemUTC()));
  }

  private Resources resources() throws IOException {
    return new Resources(
        new AnswerCache(settings.cacheBytes(), settings.caches(), counters, CLOCK),
        new VerdictCache(settings.verdictCacheBytes(), CLOCK),
        new Limits(settings.responseLimit(), settings.blocks(), counters, CLOCK),
        CookieJar.open(settings.cookies(), counters, Clock.systemUTC()),
        new ConcurrentSkipListMap<>(),
        new WorkerPools(),
        new PolicyMetrics(CLOCK),
        counters,
        CLOCK);
  }

  private Map<Integer, Filter> byAsyncId(Map<String, Filter> filters) {
    Map<Integer, Filter> byAsyncId = new LinkedHashMap<>();
    filters.forEach(
        (name, filter) -> {
          FilterSettings service = settings.filters().get(name);
          if (service == null || !service.hasInstances()) {
            throw new IllegalArgumentException(
                "no filter service that has instances is called " + name);
          }
          byAsyncId.put(service.asyncId(), filter);
        });
    return byAsyncId;
  }

  /** The maximum number of sockets to upstream servers, for all pools on all event loops. */
  private long upstreamSockets(LocalData local) {
    long perLoop =
        Stream.of(settings.upstreams(), local.pools())
            .flatMap(pools -> pools.values().stream())
            .mapToLong(pool -> (long) pool.servers().size() * pool.sockets().most())
            .sum();
    return settings.loops() * perLoop;
  }

  private ClusterPort openClusterPort(ClusterSettings cluster) throws IOException {
    ClusterSettings.Tls tls = cluster.tls();
    try {
      return ClusterPort.open(
          cluster.listen(),
          tls == null ? null : new PortTls(tls.key(), tls.certificate(), tls.caCertificate()),
          counters);
    } catch (IOException e) {
      throw new IOException(
          "can't open the cluster port %s:%d: %s"
              .formatted(
                  cluster.listen().getHostString(),
                  cluster.listen().getPort(),
                  BindFailure.reason(cluster.listen().getPort(), e)),
          e);
    }
  }

  private static @Nullable AdminAccess access(@Nullable AdminSettings settings) throws IOException {
    return settings == null
        ? null
        : new AdminAccess(
            settings.address(), AdminToken.openOrCreate(settings.tokenFile(), new SecureRandom()));
  }
}
