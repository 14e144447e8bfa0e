// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import com.esotericsoftware.kryo.kryo5.Kryo;
import org.apache.pekko.actor.typed.ActorRefResolver;

/** The Kryo of one thread, with the buffers that it reads from and writes to. */
final class RecordKryo extends Kryo {
  /** Deeper than any record of ours; nesting is a matter of code, not of input. */
  private static final int MAX_DEPTH = 8;

  private final FieldWriter writer;
  private final FieldReader reader;

  RecordKryo(Registrations registrations, ActorRefResolver refs) {
    writer = new FieldWriter(this, refs);
    reader = new FieldReader(this, refs);
    setRegistrationRequired(true);
    setReferences(false);
    setMaxDepth(MAX_DEPTH);
    registrations.registerWith(this);
  }

  FieldWriter writer() {
    return writer;
  }

  FieldReader reader() {
    return reader;
  }
}
