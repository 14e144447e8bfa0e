// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AsyncServicesTest {
  private static AsyncServices of(String source) {
    return AsyncServices.of(source, Set.of());
  }

  @Test
  void numberAndVariable_haveServicesOfTheirOwn_andOthersShareOne() {
    AsyncServices services =
        of(
            """
            local asyncID = 0 -- the filter
            other = 12
            function f(dq) dq:suspend(asyncID, 1, 500); dq:suspend(other, 1, 500) end
            function g(dq) dq:suspend( 65535 , 1, 500); dq:suspend(h(), 1, 500) end
            """);

    assertThat(services.settings())
        .extracting(FilterSettings::name)
        .containsExactly("async-0", "async-12", "async-65535", "async-other");
    assertThat(services.of(12)).isEqualTo(12);
    assertThat(services.of(13)).isEqualTo(65_534);
  }

  @Test
  void service_letsQueriesGoOn_whateverHappens() {
    FilterSettings service = of("dq:suspend(0, 1, 500)").settings().get(0);

    assertThat(service.onTimeout()).isEqualTo(Policy.CONTINUE);
    assertThat(service.onOverload()).isEqualTo(Policy.CONTINUE);
    assertThat(service.onNoFilter()).isEqualTo(Policy.CONTINUE);
    assertThat(service.breaker()).isNull();
  }

  @Test
  void asyncIdThatIsTaken_usesTheServiceOfTheOthers() {
    AsyncServices services = AsyncServices.of("dq:suspend(20, 1, 500)", Set.of(20));

    assertThat(services.of(20)).isEqualTo(65_535);
  }

  @Test
  void fileWithoutSuspend_hasTheServiceOfTheOthersOnly() {
    assertThat(of("addAction(AllRule(), DropAction())").asyncIds()).containsExactly(65_535);
  }
}
