// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.SuspensionKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link FilterMember}. Start with {@link #of} and change individual settings.
 *
 * @param asyncId the filter service of which it is an instance
 * @param seeds {@code host:port} of nodes to join, at least one
 * @param host the address to bind, by which other members know it
 * @param port 0 for any
 * @param credits how many requests of each node may be in progress here, 1 to 1,000,000
 * @param insecure whether plain TCP is allowed on addresses other than loopback
 * @param tls null for plain TCP
 */
public record FilterMemberSettings(
    int asyncId,
    List<String> seeds,
    String host,
    int port,
    int credits,
    boolean insecure,
    @Nullable MemberTls tls) {

  private static final int MAX_CREDITS = 1_000_000;

  public FilterMemberSettings {
    seeds = List.copyOf(seeds);
    if (asyncId < 0 || asyncId > SuspensionKey.MAX_ASYNC_ID) {
      throw new IllegalArgumentException("asyncID must be 0 to 65535, not " + asyncId);
    }
    if (seeds.isEmpty()) {
      throw new IllegalArgumentException("a filter needs a node to join");
    }
    if (port < 0 || port > 0xffff) {
      throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
    }
    if (credits < 1 || credits > MAX_CREDITS) {
      throw new IllegalArgumentException("credits must be 1 to 1000000, not " + credits);
    }
  }

  /** Settings for a member on loopback, on a free port. */
  public static FilterMemberSettings of(int asyncId, String... seeds) {
    return new FilterMemberSettings(
        asyncId, List.of(seeds), "127.0.0.1", 0, FilterInstance.DEFAULT_CREDITS, false, null);
  }

  public FilterMemberSettings withAddress(String newHost, int newPort) {
    return new FilterMemberSettings(asyncId, seeds, newHost, newPort, credits, insecure, tls);
  }

  public FilterMemberSettings withCredits(int newCredits) {
    return new FilterMemberSettings(asyncId, seeds, host, port, newCredits, insecure, tls);
  }

  public FilterMemberSettings withTls(MemberTls newTls) {
    return new FilterMemberSettings(asyncId, seeds, host, port, credits, insecure, newTls);
  }

  /**
   * Allows plain TCP on addresses other than loopback. Anybody who reaches the port can then act as
   * a member.
   */
  public FilterMemberSettings withoutSecurity() {
    return new FilterMemberSettings(asyncId, seeds, host, port, credits, true, tls);
  }
}
