// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.net.Survival;
import io.anteroom.node.policy.PolicyHost;
import io.anteroom.node.query.Resources;
import io.anteroom.node.query.UpstreamPools;
import io.anteroom.node.rule.EditedRules;
import io.anteroom.node.rule.RuleContext;
import io.anteroom.node.rule.RuleEdit;
import io.anteroom.node.share.Shares;
import io.anteroom.node.zone.LocalData;
import io.anteroom.node.zone.WrongFiles;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Actor that reloads the configuration and applies operators' changes of rules, one at a time. It
 * reads and writes files, so it runs on a thread of its own that may block.
 *
 * <p><b>Reload.</b> The whole configuration is read and checked first, then rules, filters and
 * pools are prepared, and then one reference is swapped. Any error leaves everything unchanged.
 * Queries that began before keep their rules. A pool that was removed or whose settings changed
 * ends when no query waits for it any more.
 *
 * <p><b>Rules.</b> Operators' changes are shared by all nodes ({@link SharedEdits}); each node's
 * config reloader applies the same changes to the rules of its own configuration.
 */
public final class ConfigReloader extends AbstractBehavior<ConfigReloader.Command> {
  /** Declared in this module's reference.conf: a thread that may block. */
  public static final DispatcherSelector DISPATCHER =
      DispatcherSelector.fromConfig("anteroom.reloader");

  private static final Logger LOG = LoggerFactory.getLogger(ConfigReloader.class);

  private final Parts parts;
  private final SharedEdits edits;

  /** Messages to a config reloader. */
  public sealed interface Command extends NoSerializationVerificationNeeded {}

  /** Reloads the configuration, as a whole or not at all. */
  public record Reload(ActorRef<Reloaded> replyTo) implements Command {}

  /**
   * Result of a reload.
   *
   * @param errors the errors because of which nothing has changed; empty if it was loaded
   */
  public record Reloaded(List<String> errors, List<String> warnings)
      implements NoSerializationVerificationNeeded {
    public boolean success() {
      return errors.isEmpty();
    }
  }

  /** Changes the rules of all nodes. */
  public sealed interface Change extends Command {
    ActorRef<Edited> replyTo();
  }

  /** Makes one change. */
  public record Edit(RuleEdit edit, ActorRef<Edited> replyTo) implements Change {}

  /** Undoes all changes by operators. */
  public record Reset(ActorRef<Edited> replyTo) implements Change {}

  /**
   * Result of a change of the rules.
   *
   * @param text message for the operator
   */
  public record Edited(Result result, String text) implements NoSerializationVerificationNeeded {
    /** The state of the change. */
    public enum Result {
      DONE,
      /** The change can't be made, now or later. */
      REFUSED,
      /** The change was not made; a later attempt may succeed. */
      BUSY,
      /** The change was made here, but not confirmed by the other nodes in time. */
      UNCLEAR
    }
  }

  /** Asks for the current rules. */
  public record ListRules(ActorRef<Listed> replyTo) implements Command {}

  /**
   * The rules as they are now.
   *
   * @param misfits the operators' changes that were not applied, and why
   */
  public record Listed(EditedRules rules, List<String> misfits)
      implements NoSerializationVerificationNeeded {}

  /** The current content of the shared table: the text of each change by ID. */
  record Shared(Map<String, String> table) implements Command {}

  enum Tick implements Command {
    /** Check whether this node has joined its cluster. */
    LOOK,
    /** Refuse changes that have waited too long for the cluster's table. */
    NOT_BEGUN,
    /** Check whether a change has been confirmed. */
    OVERDUE
  }

  /** The objects that a config reloader changes, and those by which it shares changes. */
  public record Parts(
      Changeable changeable,
      Resources resources,
      PoolStarter pools,
      LiveFilters filters,
      Shares shares,
      PolicyHost host) {}

  private ConfigReloader(ActorContext<Command> context, Parts parts, SharedEdits edits) {
    super(context);
    this.parts = parts;
    this.edits = edits;
  }

  /** Creates a node's config reloader; it must run on {@link #DISPATCHER}. */
  public static Behavior<Command> create(Parts parts) {
    Behavior<Command> reloader =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new ConfigReloader(
                            context, parts, new SharedEdits(context, timers, parts))));
    return Behaviors.supervise(reloader).onFailure(SupervisorStrategy.resume());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Reload.class, this::onReload)
        .onMessage(Edit.class, edit -> then(() -> edits.onEdit(edit)))
        .onMessage(Reset.class, reset -> then(() -> edits.onReset(reset)))
        .onMessage(ListRules.class, this::onListRules)
        .onMessage(Shared.class, shared -> then(() -> edits.onShared(shared.table())))
        .onMessageEquals(Tick.LOOK, () -> then(edits::onLook))
        .onMessageEquals(Tick.NOT_BEGUN, () -> then(edits::onNotBegun))
        .onMessageEquals(Tick.OVERDUE, () -> then(edits::onOverdue))
        .build();
  }

  private Behavior<Command> then(Runnable step) {
    step.run();
    return this;
  }

  private Behavior<Command> onReload(Reload reload) {
    Reloaded reloaded;
    try {
      reloaded = new Reloaded(List.of(), load());
    } catch (InvalidConfiguration e) {
      reloaded = new Reloaded(e.messages(), List.of());
    } catch (Throwable e) {
      Survival.endIfOutOfMemory(e);
      LOG.error("a bug; the configuration was not loaded", e);
      reloaded = new Reloaded(List.of("a bug; the log tells more"), List.of());
    }
    parts.changeable().reloads().count(reloaded.success());
    log(reloaded);
    reload.replyTo().tell(reloaded);
    return this;
  }

  private static void log(Reloaded reloaded) {
    reloaded.errors().forEach(LOG::error);
    reloaded.warnings().forEach(LOG::warn);
    if (reloaded.success()) {
      LOG.info("the configuration has been loaded again");
    } else {
      LOG.error("the configuration was not loaded, and all is as it was");
    }
  }

  /** What a reload has opened before it takes effect. */
  private record Prepared(
      LiveConfiguration next, LocalData local, Map<String, List<UpstreamPools.Pool>> pools) {}

  /** Carries out all steps that may fail. If one does, nothing stays open. */
  private Prepared prepare() throws InvalidConfiguration {
    Serving before = parts.changeable().live().serving();
    LiveConfiguration next =
        parts.changeable().source().load(before.settings(), parts.filters().known());
    Deque<Runnable> opened = new ArrayDeque<>();
    boolean complete = false;
    try {
      LocalData local = loadLocal(next.settings());
      opened.push(local::close);
      opened.push(next.policies()::close);
      next.policies().start(parts.host());
      parts.filters().prepare(next.settings().filters().values());
      opened.push(parts.pools()::abandon);
      Map<String, List<UpstreamPools.Pool>> pools =
          parts.pools().prepare(getContext(), before, next.settings(), local);
      RuleContext context = next.chains().context();
      opened.push(context::close);
      context.open(parts.resources()::isUsable, parts.resources().counters());
      complete = true;
      return new Prepared(next, local, pools);
    } finally {
      if (!complete) {
        opened.forEach(Runnable::run);
      }
    }
  }

  /** Returns warnings. All steps that may fail come first. */
  private List<String> load() throws InvalidConfiguration {
    Prepared prepared = prepare();
    Live live = parts.changeable().live();
    RuleBook book = parts.changeable().book();
    Resources resources = parts.resources();
    LiveConfiguration next = prepared.next();
    NodeSettings settings = next.settings();
    LocalData local = prepared.local();
    Serving before = live.serving();
    book.rebase(next);
    Serving now = new Serving(settings, book.rules().chains(), local, prepared.pools());
    live.set(now);
    parts.host().tasks().files().set(next.policies().fileHandlers());
    parts.filters().configure(settings.filters().values());
    parts.pools().finish(before, now);
    resources.cache().configure(settings.cacheBytes(), settings.caches());
    resources.verdicts().setMaxBytes(settings.verdictCacheBytes());
    resources.limits().configure(settings.responseLimit(), settings.blocks());
    before.rules().context().close();
    before.local().close();
    local.startWatching();
    List<String> warnings = new ArrayList<>(next.warnings());
    warnings.addAll(edits.misfits());
    return warnings;
  }

  private LocalData loadLocal(NodeSettings settings) throws InvalidConfiguration {
    try {
      return LocalData.load(settings, parts.resources().counters());
    } catch (IOException e) {
      throw new InvalidConfiguration(WrongFiles.linesOf(e));
    }
  }

  private Behavior<Command> onListRules(ListRules list) {
    list.replyTo().tell(new Listed(parts.changeable().book().rules(), edits.misfits()));
    return this;
  }
}
