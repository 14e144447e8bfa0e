-- SPDX-License-Identifier: Apache-2.0
--
-- The buffer of a Lua state. The files after this one use it: what stops a script (limits.lua), how
-- values get in and out (values.lua), the object that a call is about (subject.lua), and what Java
-- calls (calls.lua).
--
-- Java and Lua exchange values through one buffer, which is the memory of a Lua string that is
-- never used as a string. Java reads and writes it as a direct buffer; the engine does so with the
-- FFI, which scripts never get. So Java pushes nothing onto a Lua stack: no allocation happens
-- outside of the protected call, where a failure would end the process, and a string survives with
-- whatever bytes it has.
--
--   header (8 words of 32 bits): 0 operation or status, 1 id, 2 number of values,
--                                3 bytes of values, 4 flag, 5 not 0 if Java gave functions back,
--                                7 not 0 if it is to end
--   values from byte 32, each aligned to 8 bytes: tag, length, payload
--
-- A C function's arguments and results cost much less than a value in the buffer, because the FFI
-- is slow without LuaJIT's compiler. So numbers, booleans and nil cross on the stack, and of text
-- only the bytes are in the buffer, one argument in each of four slots. `E.host` is for values in
-- the buffer, `E.direct` for those on the stack. The latter knows the main coroutine only.
--
-- `E` is the table that the files of the engine share; scripts can't reach it.

local E = ...
local ffi = require("ffi")
local cast = ffi.cast

jit.off()

-- luajava registers each coroutine that calls Java, for ever. With weak keys it does not keep it.
setmetatable(debug.getregistry(), { __mode = "k" })

local SIZE = 65536

-- Its contents when it is made are like no other string's, so that no script's string is this one.
local memory = string.sub(string.rep(tostring({}) .. tostring(E.host), SIZE / 32), 1, SIZE)
E.memory = memory
E.buffer = {
  SIZE = SIZE,
  HEADER = 32,
  bytes = cast("uint8_t *", memory),
  words = cast("int32_t *", memory),
  doubles = cast("double *", memory),
}

-- What Lua asks of Java, how an operation or a call ended, and the tags of values.
E.slots = {}
for i = 1, 4 do E.slots[i] = E.buffer.bytes + 32 + (i - 1) * E.slot end

E.operation = {
  FLUSH = 1, MORE = 2, FUNCTION = 3, GET = 4, SET = 5, INVOKE = 6, NAME = 7, LOG = 8, SEAL = 9,
  RELEASED = 10,
}
E.status = {
  OK = 0, ERROR = 1, INSTRUCTIONS = 2, MEMORY = 3, STOPPED = 4,
  TEXT = 5, IN_BUFFER = 6, USE_BUFFER = 7, -- of E.direct only
}
E.tag = { NIL = 0, FALSE = 1, TRUE = 2, NUMBER = 3, STRING = 4, LIST = 5, MAP = 6, REF = 7 }
