// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Host;
import org.apache.pekko.http.javadsl.model.headers.HttpCredentials;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuardTest {
  private static final int OK = 0;

  @TempDir private Path directory;
  private AdminToken token;
  private String secret;

  @BeforeEach
  void make_token() throws Exception {
    token = AdminToken.openOrCreate(directory.resolve("token"), new SecureRandom());
    secret = AdminToken.read(directory.resolve("token"));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1, 0",
    "127.0.0.1, localhost, 0",
    "127.0.0.1, 127.0.0.2, 403",
    "127.0.0.1, node.example, 403",
    "::1, ::1, 0",
    "::1, LOCALHOST, 0",
    "10.0.0.1, 10.0.0.1, 401",
    "10.0.0.1, localhost, 403",
    "10.0.0.1, node.example, 403",
    "0.0.0.0, 10.0.0.1, 401",
    "0.0.0.0, node.example, 403",
    "::, localhost, 401",
  })
  void read_withoutToken(String bound, String host, int status) {
    assertThat(status(bound, HttpRequest.GET("/metrics").addHeader(Host.create(host, 9153)), false))
        .isEqualTo(status);
  }

  @Test
  void request_withTheToken_isLetIn() {
    HttpRequest request =
        HttpRequest.POST("/")
            .addHeader(Host.create("10.0.0.1", 9153))
            .addCredentials(HttpCredentials.createOAuth2BearerToken(secret));

    assertThat(status("10.0.0.1", request, true)).isEqualTo(OK);
    assertThat(status("10.0.0.1", request, false)).isEqualTo(OK);
  }

  @Test
  void request_withoutHost_isRefused() {
    assertThat(status("127.0.0.1", HttpRequest.GET("/metrics"), false)).isEqualTo(403);
  }

  private int status(String bound, HttpRequest request, boolean changes) {
    Guard guard = new Guard(new AdminAccess(new InetSocketAddress(bound, 9153), token));
    HttpResponse refusal = guard.refusal(request, changes);
    return refusal == null ? OK : refusal.status().intValue();
  }
}
