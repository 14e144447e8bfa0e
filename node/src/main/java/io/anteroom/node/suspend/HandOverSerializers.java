// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.suspend.HandOvers.MoveShard;
import io.anteroom.node.suspend.HandOvers.ShardLeaves;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.kryo.FieldReader;
import io.anteroom.protocol.kryo.FieldWriter;
import io.anteroom.protocol.kryo.RecordSerializer;

/** Serializers of the messages about shards that move. */
final class HandOverSerializers {
  private static final int MAX_HOST = 255;

  private HandOverSerializers() {}

  static final class OfMoveShard extends RecordSerializer<MoveShard> {
    @Override
    protected void write(FieldWriter out, MoveShard value) {
      out.number16(value.shard());
      out.text(value.host());
      out.number16(value.port());
    }

    @Override
    protected MoveShard read(FieldReader in) {
      return new MoveShard(shard(in), in.text(MAX_HOST), in.number16());
    }
  }

  static final class OfShardLeaves extends RecordSerializer<ShardLeaves> {
    @Override
    protected void write(FieldWriter out, ShardLeaves value) {
      out.number16(value.shard());
    }

    @Override
    protected ShardLeaves read(FieldReader in) {
      return new ShardLeaves(shard(in));
    }
  }

  private static int shard(FieldReader in) {
    int shard = in.number16();
    if (shard >= SuspensionKey.SHARDS) {
      throw new IllegalArgumentException("shard " + shard);
    }
    return shard;
  }
}
