// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.operation.OperationRunner;
import io.anteroom.node.policy.Extension;
import io.anteroom.node.policy.PolicyHost;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A dnsdist file as the configuration of a node: its translation, and the functions that rules
 * call. It must be closed, which the node does if it has started with it.
 */
public final class DnsdistConfiguration implements Extension, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DnsdistConfiguration.class);

  private volatile DnsdistFile file;
  private final Translation translation;
  private final Map<String, LuaActionProgram> programs = new LinkedHashMap<>();
  private final Renewal renewal;
  private final Async async;
  private volatile @Nullable EventLoop thread;
  private volatile boolean closed;

  private DnsdistConfiguration(
      DnsdistFile file, Translation translation, Async async, LuaLimits limits) {
    renewal = new Renewal(file.file(), limits, System::nanoTime, new Owner());
    this.file = file;
    this.translation = translation;
    this.async = async;
    QuestionHost questions =
        new QuestionHost(pools(file.model()), async.ids(), async.suspender(), new LocalAddresses());
    for (Model.Rule rule : file.model().rules()) {
      Model.Code code = rule.code();
      if (code != null) {
        programs.put(
            rule.name(), new LuaActionProgram(rule.name(), code.function(), new Home(questions)));
      }
    }
  }

  /**
   * Loads a file. Blocks while it reads files; opens no socket.
   *
   * @param locals addresses to listen at instead of those in the file; empty for those
   * @throws InvalidConfiguration with all errors, each with file and line; nothing is left open
   */
  public static DnsdistConfiguration load(Path path, List<InetSocketAddress> locals)
      throws InvalidConfiguration {
    return load(path, locals, Loader.LOADING);
  }

  /** The same with these limits. */
  static DnsdistConfiguration load(Path path, List<InetSocketAddress> locals, LuaLimits limits)
      throws InvalidConfiguration {
    Async async = new Async(System::nanoTime);
    DnsdistFile file = DnsdistFile.load(path, parts(async, async.library()), limits);
    async.use(source(path));
    try {
      Translation translation =
          Translation.of(file.model(), new Translation.Request(path.toString(), locals, false));
      return new DnsdistConfiguration(file, translation, async, limits);
    } catch (InvalidConfiguration | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * The configuration that does what a file asks for without Lua, for people.
   *
   * @throws InvalidConfiguration with all errors, each with file and line
   */
  public static Translation translate(Path path) throws InvalidConfiguration {
    Async async = new Async(System::nanoTime);
    try (DnsdistFile file = DnsdistFile.load(path, parts(async, async.library()))) {
      return Translation.of(
          file.model(), new Translation.Request(path.toString(), List.of(), true));
    }
  }

  private static Set<String> pools(Model model) {
    return Stream.concat(
            model.pools().keySet().stream(),
            model.servers().stream().flatMap(server -> server.pools().stream()))
        .map(PoolNames::ours)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static String source(Path path) {
    try {
      return Files.readString(path, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      // It was there when it was loaded; without it all asyncIDs share one service.
      return "";
    }
  }

  private static List<LibraryPart> parts(Async async, LibraryPart library) {
    return List.of(new QuestionPart(async.objects()::question), library);
  }

  /** The configuration of the node, whose rules run {@link #programs}. */
  public Translation translation() {
    return translation;
  }

  /** What of the file happens beside the actions of queries. */
  Async async() {
    return async;
  }

  @Override
  public Map<String, PolicyProgram> programs() {
    return Map.copyOf(programs);
  }

  @Override
  public List<FilterSettings> services() {
    return async.services();
  }

  @Override
  public Map<Integer, OperationRunner> runners() {
    return async.runners();
  }

  @Override
  public void start(PolicyHost host) throws InvalidConfiguration {
    thread = host.loops().get(0);
    async.onMemoryEnd(this::memoryEnded);
    async.start(host, file.state(), file.model());
  }

  @Override
  public String whyNoReload() {
    return file.file()
        + " is a dnsdist file, which can't be loaded again while the node runs: restart the node";
  }

  @Override
  public void close() {
    closed = true;
    async.close();
    file.close();
  }

  private void memoryEnded() {
    EventLoop loop = thread;
    if (loop != null) {
      renewal.memoryEnded(loop);
    }
  }

  private void renew(DnsdistFile next, ScriptSockets sockets) {
    Map<String, LuaRef> functions = new HashMap<>();
    for (Model.Rule rule : next.model().rules()) {
      Model.Code code = rule.code();
      if (code != null) {
        functions.put(rule.name(), code.function());
      }
    }
    if (closed || !functions.keySet().equals(programs.keySet())) {
      if (!closed) {
        LOG.error("{} has been changed since the node started: restart the node", next.file());
      }
      Renewal.close(next);
      return;
    }
    DnsdistFile old = file;
    file = next;
    programs.forEach((name, program) -> program.use(Objects.requireNonNull(functions.get(name))));
    async.renew(next.state(), next.model(), sockets);
    async.counters().increment(AsyncCounter.STATES_RENEWED);
    Renewal.close(old);
  }

  /** What the renewal of the state changes. */
  private final class Owner implements Renewal.Owner {
    @Override
    public DnsdistFile file() {
      return file;
    }

    @Override
    public ScriptSockets newSockets() {
      return async.newSockets();
    }

    @Override
    public List<LibraryPart> parts(ScriptSockets sockets) {
      return DnsdistConfiguration.parts(async, async.library(sockets));
    }

    @Override
    public void renew(DnsdistFile next, ScriptSockets sockets) {
      DnsdistConfiguration.this.renew(next, sockets);
    }
  }

  /** Where the functions of the file run. */
  private final class Home implements LuaActionProgram.Home {
    private final QuestionHost questions;

    Home(QuestionHost questions) {
      this.questions = questions;
    }

    @Override
    public LuaState state() {
      return file.state();
    }

    @Override
    public QuestionHost questions() {
      return questions;
    }

    @Override
    public @Nullable Executor thread() {
      return thread;
    }

    @Override
    public void memoryEnded() {
      DnsdistConfiguration.this.memoryEnded();
    }
  }
}
