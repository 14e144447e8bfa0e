// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.operation.OperationRunner;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.time.Duration;
import java.util.function.Consumer;

/** Waits for the decisions of a script. Each operation names the object that waits for one. */
final class ScriptRunner implements OperationRunner {
  private final AsyncObjects objects;

  ScriptRunner(AsyncObjects objects) {
    this.objects = objects;
  }

  @Override
  public int capacity() {
    return AsyncObjects.MAX_OBJECTS;
  }

  @Override
  public Running start(Operation operation, Duration timeLeft, Consumer<OperationResult> done) {
    Object serial = operation.arguments().get(AsyncObject.ARGUMENT);
    AsyncObject object = serial instanceof Long number ? objects.find(number) : null;
    if (object == null) {
      done.accept(OperationResult.failed(ResultCode.TIMEOUT, "the object has ended"));
      return () -> {};
    }
    return object.await(done);
  }

  /** The objects end with the node. */
  @Override
  public void close() {}
}
