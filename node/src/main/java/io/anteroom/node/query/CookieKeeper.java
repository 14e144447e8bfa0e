// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.share.SharedTable;
import io.anteroom.node.share.Shares;
import io.anteroom.node.wire.ServerCookies;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Shares the secret of server cookies with the other nodes of the cluster, and replaces it once a
 * day. The oldest node makes the secret; cookies of the secret before are accepted too. A node has
 * a secret of its own until it learns the shared one, and accepts its own cookies afterwards.
 *
 * <p>Other nodes learn a new secret within a second or so. A cookie that a client shows to one of
 * them before counts as none, and the client gets another.
 */
public final class CookieKeeper extends AbstractBehavior<CookieKeeper.Command> {
  private static final Duration TICK = Duration.ofMillis(500);
  private static final Duration LIFE = Duration.ofDays(1);
  private static final String TABLE = "cookie-secret";
  private static final String KEY = "secrets";

  private final CookieJar jar;
  private final Shares shares;
  private final SecureRandom random;
  private final Clock clock;
  private final byte[] own;
  private final ActorRef<SharedTable.Command> table;
  private @Nullable Shared shared;

  /** Messages to the keeper. */
  public sealed interface Command extends NoSerializationVerificationNeeded {}

  private record Seen(@Nullable ByteString entry) implements Command {}

  private enum Order implements Command {
    TICK
  }

  /**
   * What the nodes share.
   *
   * @param madeSeconds when the first secret was made, in seconds since 1970
   */
  private record Shared(long madeSeconds, List<byte[]> secrets) {
    ByteString toBytes() {
      ByteBuffer out = ByteBuffer.allocate(Long.BYTES + secrets.size() * ServerCookies.SECRET);
      out.putLong(madeSeconds);
      secrets.forEach(out::put);
      return ByteString.fromArray(out.array());
    }

    /** Null for bytes that a later version has written. */
    static @Nullable Shared of(ByteString bytes) {
      int secrets = bytes.length() - Long.BYTES;
      if (secrets <= 0
          || secrets > 4 * ServerCookies.SECRET
          || secrets % ServerCookies.SECRET != 0) {
        return null;
      }
      ByteBuffer in = bytes.toByteBuffer();
      long made = in.getLong();
      List<byte[]> all = new ArrayList<>();
      while (in.hasRemaining()) {
        byte[] secret = new byte[ServerCookies.SECRET];
        in.get(secret);
        all.add(secret);
      }
      return new Shared(made, all);
    }
  }

  private CookieKeeper(
      ActorContext<Command> context,
      CookieJar jar,
      Shares shares,
      Counters<Counter> counters,
      SecureRandom random,
      Clock clock) {
    super(context);
    this.jar = jar;
    this.shares = shares;
    this.random = random;
    this.clock = clock;
    this.own = jar.own();
    ActorRef<Command> self = context.getSelf();
    this.table =
        context.spawn(
            SharedTable.create(
                shares, TABLE, 1, counters, entries -> self.tell(new Seen(entries.get(KEY)))),
            "table");
  }

  /**
   * Creates the keeper of a node.
   *
   * @param jar gets the secrets
   * @param shares shares them with the other nodes
   */
  public static Behavior<Command> create(
      CookieJar jar, Shares shares, Counters<Counter> counters, SecureRandom random, Clock clock) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Order.TICK, TICK);
                  return new CookieKeeper(context, jar, shares, counters, random, clock);
                }));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Seen.class, this::onSeen)
        .onMessageEquals(Order.TICK, this::onTick)
        .build();
  }

  private Behavior<Command> onSeen(Seen seen) {
    Shared found = seen.entry == null ? null : Shared.of(seen.entry);
    if (found != null) {
      shared = found;
      List<byte[]> accepted = new ArrayList<>(found.secrets);
      accepted.add(own);
      jar.use(accepted);
    }
    return this;
  }

  private Behavior<Command> onTick() {
    long now = clock.millis() / 1000;
    Shared known = shared;
    if (known == null) {
      if (shares.isOldest()) {
        table.tell(new SharedTable.Begin(Map.of(KEY, new Shared(now, List.of(own)).toBytes())));
      }
    } else if (Math.abs(now - known.madeSeconds) >= LIFE.toSeconds() && shares.isOldest()) {
      List<byte[]> next = List.of(CookieJar.secret(random), known.secrets.get(0));
      // The table reports it, and only then it is used.
      table.tell(new SharedTable.Put(KEY, new Shared(now, next).toBytes()));
    }
    return this;
  }
}
