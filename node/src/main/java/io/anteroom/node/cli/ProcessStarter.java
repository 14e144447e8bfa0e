// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.Node;
import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.blocklist.Blocklist;
import io.anteroom.node.blocklist.BlocklistFilter;
import io.anteroom.node.blocklist.NameLookup;
import io.anteroom.node.config.NodeSettingsReader;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.live.ConfigReloader;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.FilterMember;
import io.anteroom.protocol.sdk.FilterMemberSettings;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Starts real nodes, members and processes. */
final class ProcessStarter implements Starter {
  @Override
  public RunningNode node(NodeConfiguration configuration) throws Node.StartException {
    Filter example = new BlocklistFilter(Blocklist.of(List.of(Blocklist.EXAMPLE)));
    Map<String, Filter> embedded =
        configuration.settings().embeddedBlocklist()
            ? Map.of(NodeSettingsReader.BLOCKLIST, example)
            : Map.of();
    return new StartedNode(Node.start(configuration, embedded));
  }

  @Override
  public Running filter(int asyncId, String seed, NameLookup lookup) throws Node.StartException {
    FilterMemberSettings settings = FilterMemberSettings.of(asyncId, seed);
    try {
      return new StartedFilter(FilterMember.start(settings, new BlocklistFilter(lookup)));
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new Node.StartException("the filter can't be started: " + e.getMessage());
    }
  }

  @Override
  public Children children() {
    return new JavaChildren();
  }

  private record StartedNode(Node node) implements RunningNode {
    @Override
    public List<OpenSockets.Bound> listening() {
      return node.listening();
    }

    @Override
    public CompletionStage<ConfigReloader.Reloaded> reload() {
      return node.reload();
    }

    @Override
    public CompletionStage<Void> whenReady() {
      return node.whenReady();
    }

    @Override
    public CompletionStage<Void> stop() {
      return node.stop();
    }

    @Override
    public CompletionStage<Void> whenTerminated() {
      return node.whenTerminated();
    }
  }
}
