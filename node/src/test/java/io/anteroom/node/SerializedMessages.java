// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import com.typesafe.config.ConfigFactory;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets every ActorSystem that a test class starts serialise each message that is not marked as one
 * that stays within its JVM, also those between two of its own actors.
 */
final class SerializedMessages implements BeforeAllCallback, AfterAllCallback {
  private static final String SETTING = "pekko.actor.serialize-messages";

  @Override
  public void beforeAll(ExtensionContext context) {
    // The test kit reads its configuration once in a JVM, which other classes' tests use after us.
    var unused = ActorTestKit.applicationTestConfig();
    System.setProperty(SETTING, "on");
    ConfigFactory.invalidateCaches();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    System.clearProperty(SETTING);
    ConfigFactory.invalidateCaches();
  }
}
