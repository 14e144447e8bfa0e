// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import io.anteroom.node.config.ClusterSettings;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.sdk.MemberConfig;
import io.anteroom.protocol.sdk.MemberTls;

/**
 * The Pekko settings of a node. Those that replace Pekko's defaults are read from a file of their
 * own. From a reference.conf they would only take effect if the class path had it before Pekko's,
 * and nobody would notice otherwise: the node would run, but slower.
 */
final class PekkoSettings {
  private static final String FILE = "anteroom-pekko.conf";

  private PekkoSettings() {}

  /** The settings of the ActorSystem that is not a cluster member. */
  static Config local() {
    return MemberConfig.local(own());
  }

  /** The settings of an ActorSystem that is a cluster member known by this port. */
  static Config member(ClusterSettings cluster, int port) {
    ClusterSettings.Tls tls = cluster.tls();
    return MemberConfig.config(
        cluster.host(),
        port,
        FilterKeys.NODE_ROLE,
        cluster.insecure(),
        tls == null ? null : new MemberTls(tls.key(), tls.certificate(), tls.caCertificate()),
        own());
  }

  private static Config own() {
    return ConfigFactory.parseResources(
        PekkoSettings.class.getClassLoader(),
        FILE,
        ConfigParseOptions.defaults().setAllowMissing(false));
  }
}
