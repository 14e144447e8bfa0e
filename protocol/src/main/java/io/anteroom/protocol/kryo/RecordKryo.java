// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import com.esotericsoftware.kryo.kryo5.Kryo;
import org.apache.pekko.actor.typed.ActorRefResolver;

/** The Kryo of one thread, with its input and output buffers. */
final class RecordKryo extends Kryo {
  /** Deeper than any of our records; the input can't cause deeper nesting. */
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
