// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.policy;

/** The version of the API, which the manifest of a policy's jar names. */
public final class PolicyApi {
  /** The attribute of the manifest. */
  public static final String ATTRIBUTE = "Anteroom-Policy-Api";

  /** The value of the attribute that this version of Anteroom accepts. */
  public static final String VERSION = "1";

  private PolicyApi() {}
}
