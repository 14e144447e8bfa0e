// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.NodeSettings;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocalClusterTest {
  private final Terminal terminal = new Terminal();
  private final FakeStarter starter = new FakeStarter();
  private LocalClusterFiles files;
  private LocalCluster cluster;

  @BeforeEach
  void write_files() throws IOException {
    files = LocalClusterFiles.write(2, 5354, 17355, 9153);
    cluster = new LocalCluster(starter.children(), files, terminal.console);
  }

  @AfterEach
  void delete_leavesNothing() throws IOException {
    files.delete();
    assertThat(Files.exists(files.directory())).isFalse();
  }

  @Test
  void files_everyNodeHasItsPortsAndTheFirstIsJoined() throws Exception {
    NodeSettings first = NodeConfiguration.load(files.configuration(0)).settings();
    NodeSettings second = NodeConfiguration.load(files.configuration(1)).settings();

    assertThat(first.cluster().seeds()).isEmpty();
    assertThat(first.cluster().port()).isEqualTo(17355);
    assertThat(second.cluster().seeds()).containsExactly("127.0.0.1:17355");
    assertThat(second.cluster().port()).isEqualTo(17356);
    assertThat(second.listeners().get(0).address().getPort()).isEqualTo(5355);
    assertThat(second.admin().address().getPort()).isEqualTo(9154);
    assertThat(second.embeddedBlocklist()).isFalse();
  }

  @Test
  void start_startsNodesAndFilter() throws Exception {
    cluster.start();

    assertThat(starter.started).hasSize(3);
    assertThat(starter.started.get(0).arguments)
        .containsExactly("run", "--config", files.configuration(0).toString());
    assertThat(starter.started.get(2).arguments)
        .containsExactly("filter", "--list", files.list().toString(), "--join", "127.0.0.1:17355");
  }

  @Test
  void ready_whenAllHaveSaidSo() throws Exception {
    cluster.start();

    child(0).prints("ready: one");
    child(1).prints("something else");
    child(2).prints("ready: filter");
    assertThat(cluster.whenReady().toCompletableFuture()).isNotDone();
    child(1).prints("ready: two");

    assertThat(cluster.whenReady().toCompletableFuture()).isDone();
    assertThat(terminal.out()).contains("node-1 | ready: one", "filter | ready: filter");
    assertThat(cluster.overview()).anyMatch(line -> line.contains("node-2  pid 1002"));
  }

  @Test
  void stop_stopsAllAndEnds() throws Exception {
    startAndBecomeReady();

    cluster.stop();

    assertThat(starter.started).allSatisfy(child -> assertThat(child.ended).isDone());
    assertThat(cluster.whenTerminated().toCompletableFuture()).isDone();
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void child_isKilled_othersGoOn() throws Exception {
    startAndBecomeReady();

    child(0).kill();

    assertThat(terminal.err()).contains("node-1 has ended with exit code 137; the others go on");
    assertThat(child(1).ended).isNotDone();
    assertThat(cluster.whenTerminated().toCompletableFuture()).isNotDone();
    cluster.stop();
  }

  @Test
  void child_endsBeforeAllAreReady_allEnd() throws Exception {
    cluster.start();
    child(0).prints("ready: one");

    child(1).ended.complete(1);

    assertThat(terminal.err()).contains("node-2 has ended with exit code 1; so all end");
    assertThat(starter.started).allSatisfy(child -> assertThat(child.ended).isDone());
    assertThat(cluster.whenTerminated().toCompletableFuture()).isDone();
  }

  @Test
  void child_isTheLastNode_allEnd() throws Exception {
    startAndBecomeReady();

    child(0).kill();
    child(1).kill();

    assertThat(child(2).ended).isCompletedWithValue(0);
    assertThat(cluster.whenTerminated().toCompletableFuture()).isDone();
  }

  @Test
  void start_aProcessCannotBeStarted_noneIsLeft() {
    starter.failToStartFrom = 1;

    assertThatThrownBy(cluster::start).isInstanceOf(IOException.class);
    assertThat(child(0).ended).isDone();
  }

  @Test
  void command_tooManyNodes_isRefused() {
    assertThat(terminal.run(starter, "cluster", "--nodes", "10")).isEqualTo(1);
    assertThat(terminal.err()).contains("1 to 9 nodes");
    assertThat(starter.started).isEmpty();
  }

  @Test
  void command_interrupted_endsWithZero() {
    terminal.interrupt();

    assertThat(terminal.run(starter, "cluster", "--nodes", "2")).isZero();
    assertThat(starter.started).hasSize(3);
    assertThat(starter.started).allSatisfy(child -> assertThat(child.ended).isDone());
  }

  private void startAndBecomeReady() throws IOException {
    cluster.start();
    starter.started.forEach(child -> child.prints("ready: "));
  }

  private FakeStarter.FakeChild child(int index) {
    return starter.started.get(index);
  }
}
