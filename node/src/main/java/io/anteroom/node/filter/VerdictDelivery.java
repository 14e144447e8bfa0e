// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToRouter;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the verdicts of one filter router's instances to the queries, and tells the instances
 * the results. Used by the router's thread only.
 *
 * <p>A verdict for a query that asked this router goes directly to the entity; any other goes
 * through the shard region, which delivers it to the node where the query waits. Verdicts of
 * senders that are no instances are rejected. {@link Strays} limits how many verdicts are processed
 * that no instance was asked for.
 */
final class VerdictDelivery {
  private final FilterService service;
  private final Instances instances;
  private final Requests requests;
  private final RequestSender sender;
  private final Consumer<SuspensionCommand> region;
  private final EndedKeys ended;
  private final Strays strays;
  private final ActorRef<ToRouter> self;
  private final LongSupplier nanoTime;
  private final RejectedVerdicts rejections;
  private final int asyncId;

  VerdictDelivery(
      FilterService service,
      Instances instances,
      Requests requests,
      RequestSender sender,
      Consumer<SuspensionCommand> region,
      EndedKeys ended,
      Strays strays,
      ActorRef<ToRouter> self,
      LongSupplier nanoTime) {
    this.service = service;
    this.instances = instances;
    this.requests = requests;
    this.sender = sender;
    this.region = region;
    this.ended = ended;
    this.strays = strays;
    this.self = self;
    this.nanoTime = nanoTime;
    this.rejections = new RejectedVerdicts(service, nanoTime);
    this.asyncId = service.settings().asyncId();
  }

  /** Delivers the verdicts of one message, and takes the credits that it returns. */
  void onResumes(Resumes resumes) {
    Instance instance = instances.get(resumes.instance());
    long now = nanoTime.getAsLong();
    if (instance == null && strays.admits(resumes.instance(), now)) {
      rejections.refuse(resumes);
      return;
    } else if (instance == null) {
      service.counters().add(SuspensionCounter.VERDICTS_FLOOD, resumes.resumes().size());
      return;
    }
    instance.giveBack(resumes.credits());
    for (Resume resume : resumes.resumes()) {
      deliver(resume, instance, now);
    }
    sender.drainQueue();
  }

  private void deliver(Resume resume, Instance instance, long now) {
    SuspensionKey key = resume.key();
    if (key.asyncId() != asyncId) {
      rejections.log(Rejection.SERVICE, key, instance.ref());
      sender.acknowledge(instance, ResumeResult.rejected(key, Rejection.SERVICE));
      return;
    }
    Pending asked = requests.get(key);
    if (resume.verdict().isUndecided()) {
      onUndecided(asked, instance);
    } else if (asked != null) {
      asked.ask.entity().tell(decide(resume, instance));
    } else if (ended.contains(key)) {
      sender.acknowledge(instance, new ResumeResult(key, ResumeResult.Status.ENDED));
    } else if (strays.admits(instance.ref(), now)) {
      region.accept(decide(resume, instance));
    } else {
      // No acknowledgement: if the query exists, the instance repeats the verdict.
      service.counters().increment(SuspensionCounter.VERDICTS_FLOOD);
    }
  }

  private Decide decide(Resume resume, Instance instance) {
    return new Decide(resume.key(), resume.verdict(), instance.ref(), self);
  }

  /**
   * This instance will give no verdict; if another one has the request by now, that one decides.
   */
  private void onUndecided(@Nullable Pending asked, Instance instance) {
    service.counters().increment(SuspensionCounter.VERDICTS_UNDECIDED);
    if (asked != null && asked.instance() == instance) {
      sender.giveUp(asked, Undecided.TIMEOUT);
    }
  }

  /** Ends the request of a query that a verdict was delivered to, and tells the instance. */
  void onSettled(Settled settled) {
    ResumeResult result = settled.result();
    Pending request = requests.get(result.key());
    if (result.status() == ResumeResult.Status.REJECTED) {
      Object about = request == null ? result.key() : request.ask.state().query().wire().name();
      rejections.log(result.rejection(), about, settled.instance());
    }
    sender.end(result.key());
    Instance instance = instances.get(settled.instance());
    if (instance != null) {
      sender.acknowledge(instance, result);
    }
  }
}
