// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.cache.Purger;
import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.live.Reloads;
import io.anteroom.node.live.Steward;
import io.anteroom.node.query.Tracer;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.upstream.SharedPool;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What there is to be seen of a node.
 *
 * @param node where other members know it
 * @param desk of the cluster that the node is a member of now
 * @param homes how many shards live on the node now
 * @param ready whether the node can suspend, and does not leave
 * @param upstreams by the name of the pool
 * @param steward changes what the node does
 * @param tracer shows what it would do
 * @param listeners which are never upstream servers
 * @param localNames how many names local data has now
 */
public record AdminParts(
    Address node,
    Supplier<Desk> desk,
    IntSupplier homes,
    BooleanSupplier ready,
    FilterServices services,
    Counters<Counter> counters,
    Limits limits,
    Map<String, SharedPool> upstreams,
    AnswerCache cache,
    VerdictCache verdicts,
    ActorRef<Purger.Command> purger,
    OwnListeners listeners,
    IntSupplier localNames,
    ActorRef<Steward.Command> steward,
    Reloads reloads,
    Tracer tracer,
    LongSupplier nanoTime) {}
