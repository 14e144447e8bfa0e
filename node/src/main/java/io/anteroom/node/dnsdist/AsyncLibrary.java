// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.flow.Counters;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaFunction;
import io.anteroom.node.lua.LuaRef;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions of Java that {@code async.lua} calls. */
final class AsyncLibrary implements LibraryPart {
  private static final int MAX_ID = 0xffff;
  private static final int MAX_RCODE = 0xff;

  private final AsyncObjects objects;
  private final ScriptSockets sockets;
  private final Counters<AsyncCounter> counters;

  AsyncLibrary(AsyncObjects objects, ScriptSockets sockets, Counters<AsyncCounter> counters) {
    this.objects = objects;
    this.sockets = sockets;
    this.counters = counters;
  }

  @Override
  public List<String> scripts() {
    return List.of("async.lua");
  }

  @Override
  public Map<String, LuaFunction> functions() {
    Map<String, LuaFunction> functions = new LinkedHashMap<>();
    functions.put("async_take", this::take);
    functions.put("async_rcode", this::setRcode);
    functions.put("async_resume", a -> objects.resume(serial(a)));
    functions.put("async_drop", a -> objects.drop(serial(a)));
    functions.put("async_misused", a -> misused());
    functions.put("endpoint", a -> sockets.endpoint(path(a, 0, "newNetworkEndpoint")));
    functions.put("endpoint_valid", a -> sockets.endpoint(serial(a)).isValid());
    LuaFunction.OfBytes send = a -> sockets.endpoint(serial(a)).send(bytes(a));
    functions.put("endpoint_send", send);
    functions.put("listener", a -> sockets.listener());
    functions.put("listener_add", this::listen);
    functions.put("listener_start", this::start);
    return functions;
  }

  private Object take(@Nullable Object[] arguments) throws LuaFailure {
    int asyncId = (int) number(arguments, 0, "getAsynchronousObject: the asyncID", MAX_ID);
    int queryId = (int) number(arguments, 1, "getAsynchronousObject: the queryID", MAX_ID);
    return objects.take(asyncId, queryId);
  }

  private Object setRcode(@Nullable Object[] arguments) throws LuaFailure {
    int rcode = (int) number(arguments, 1, "setRCode: the code", MAX_RCODE);
    boolean clear = arguments.length > 2 && Boolean.TRUE.equals(arguments[2]);
    Question question = objects.question(serial(arguments));
    if (question == null) {
      throw new LuaFailure("setRCode: the asynchronous object has ended, as its time was up");
    }
    question.setRcode(rcode, clear);
    return true;
  }

  private @Nullable Object misused() {
    counters.increment(AsyncCounter.MISUSED);
    return null;
  }

  private Object listen(@Nullable Object[] arguments) throws LuaFailure {
    String function = "addUnixListeningEndpoint";
    String path = path(arguments, 1, function);
    int endpointId = (int) number(arguments, 2, function + ": the endpointID", MAX_ID);
    if (!(arguments[3] instanceof LuaRef callback)) {
      return false;
    }
    callback.keep();
    String place = String.valueOf(arguments[4]);
    sockets.listen(serial(arguments), path, endpointId, callback, place);
    return true;
  }

  private @Nullable Object start(@Nullable Object[] arguments) throws LuaFailure {
    sockets.start(serial(arguments));
    return null;
  }

  private static long serial(@Nullable Object[] arguments) throws LuaFailure {
    if (arguments.length > 0 && arguments[0] instanceof Long number) {
      return number;
    }
    throw new LuaFailure("call the method with a colon");
  }

  private static String path(@Nullable Object[] arguments, int index, String function)
      throws LuaFailure {
    return UnixAddresses.of(index < arguments.length ? arguments[index] : null, function);
  }

  private static byte[] bytes(@Nullable Object[] arguments) throws LuaFailure {
    Object payload = arguments.length > 1 ? arguments[1] : null;
    if (payload instanceof byte[] bytes) {
      return bytes;
    } else if (payload instanceof String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    } else if (payload instanceof Long || payload instanceof Double) {
      return payload.toString().getBytes(StandardCharsets.US_ASCII);
    }
    throw new LuaFailure("send: the payload is text");
  }

  private static long number(@Nullable Object[] arguments, int index, String what, long most)
      throws LuaFailure {
    Object value = index < arguments.length ? arguments[index] : null;
    if (value instanceof Long number && number >= 0 && number <= most) {
      return number;
    }
    throw new LuaFailure("%s must be a whole number from 0 to %d".formatted(what, most));
  }
}
