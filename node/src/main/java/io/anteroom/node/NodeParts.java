// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.admin.AdminAccess;
import io.anteroom.node.config.ClusterSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.filter.Connectors;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.live.Changeable;
import io.anteroom.node.live.Live;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.operation.Operations;
import io.anteroom.node.policy.Extension;
import io.anteroom.node.policy.PolicyHost;
import io.anteroom.node.port.ClusterPort;
import io.anteroom.node.query.Resources;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.sdk.Filter;
import io.netty.util.concurrent.Future;
import java.util.Map;
import org.apache.pekko.actor.Address;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a node that exist before its ActorSystems and do not depend on its cluster.
 *
 * @param settings the settings at the node's start
 */
record NodeParts(
    NodeSettings settings,
    Changeable changeable,
    Resources resources,
    Filters filters,
    Network network) {

  /**
   * The filters.
   *
   * @param operations the runners of the operation services
   * @param embedded filters that run in this process, by asyncID
   * @param policyHost what the policies use
   * @param extension the code that came with the configuration
   */
  record Filters(
      FilterServices services,
      Connectors connectors,
      Operations operations,
      Map<Integer, Filter> embedded,
      PolicyHost policyHost,
      Extension extension) {}

  /**
   * The event loops and open ports.
   *
   * @param admin null if the node has no admin interface
   */
  record Network(
      EventLoops loops,
      OpenSockets sockets,
      ClusterPort clusterPort,
      @Nullable AdminAccess admin) {}

  /** The current configuration, which a reload changes. */
  Live live() {
    return changeable.live();
  }

  EventLoops loops() {
    return network.loops();
  }

  /** The address by which other members know this node. */
  Address node() {
    return new Address("pekko", FilterKeys.SYSTEM, settings.cluster().host(), memberPort());
  }

  /** That address as {@code host:port}. */
  String name() {
    return settings.cluster().host() + ":" + memberPort();
  }

  /** The port by which other members know this one. */
  int memberPort() {
    ClusterSettings cluster = settings.cluster();
    return cluster.bind() == null ? network.clusterPort().address().getPort() : cluster.port();
  }

  /**
   * Closes everything but the listeners' sockets, which their actors own. The future completes when
   * the event loops have ended.
   */
  Future<?> close() {
    filters.extension().close();
    live().local().close();
    live().rules().context().close();
    network.clusterPort().close();
    filters.connectors().close();
    resources.cookies().close();
    resources.workers().close();
    filters.operations().close();
    filters.policyHost().started().close();
    return loops().shutdown();
  }
}
