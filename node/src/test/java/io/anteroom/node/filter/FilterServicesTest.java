// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.Queries;
import java.util.List;
import org.junit.jupiter.api.Test;

class FilterServicesTest {
  private final FilterService three = new FilterService(Queries.service(3));
  private final FilterService nine = new FilterService(Queries.service(9));
  private final FilterServices services = new FilterServices(List.of(nine, three));

  @Test
  void services_areFoundByTheirAsyncId_andListedByIt() {
    assertThat(services.get(3)).isSameAs(three);
    assertThat(services.get(9)).isSameAs(nine);
    assertThat(services.get(4)).isNull();
    assertThat(services.all()).containsExactly(three, nine);
  }

  @Test
  void moreServices_areFoundTogether_onceTheyArePublished() {
    FilterService one = new FilterService(Queries.service(1));
    FilterService five = new FilterService(Queries.service(5));

    FilterServices.Snapshot next = services.snapshot().with(List.of(five, one));
    assertThat(services.get(5)).isNull();
    assertThat(next.named("service-5")).isSameAs(five);

    services.publish(next);
    assertThat(services.all()).containsExactly(one, three, five, nine);
    assertThat(services.get(3)).isSameAs(three);
  }
}
