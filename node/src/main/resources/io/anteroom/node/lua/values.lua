-- SPDX-License-Identifier: Apache-2.0
--
-- Values from Lua to Java and from Java to Lua, through the buffer that prelude.lua describes, and
-- the calls to Java that they are for.

local E = ...
local ffi = require("ffi")
local type, next, rawget, select, tostring = type, next, rawget, select, tostring
local sub, concat, floor, getinfo = string.sub, table.concat, math.floor, debug.getinfo
local copy, tobytes, cast = ffi.copy, ffi.string, ffi.cast
local host, direct, fail, stopped = E.host, E.direct, E.fail, E.stopped
local thread, SLOT = E.thread, E.slot
local slot1, slot2, slot3, slot4 = E.slots[1], E.slots[2], E.slots[3], E.slots[4]
local MAX_BYTES, MAX_VALUES, MAX_DEPTH = E.max_bytes, E.max_values, E.max_depth

local buffer, operation, tags = E.buffer, E.operation, E.tag
local SIZE, HEADER = buffer.SIZE, buffer.HEADER
local bytes, words, doubles = buffer.bytes, buffer.words, buffer.doubles
local FLUSH, MORE, FUNCTION = operation.FLUSH, operation.MORE, operation.FUNCTION
local LOG, SEAL, RELEASED = operation.LOG, operation.SEAL, operation.RELEASED
local status = E.status
local STOPPED, TEXT, USE_BUFFER = status.STOPPED, status.TEXT, status.USE_BUFFER
local IN_BUFFER = status.IN_BUFFER
local NIL, FALSE, TRUE, NUMBER = tags.NIL, tags.FALSE, tags.TRUE, tags.NUMBER
local STRING, LIST, MAP, REF = tags.STRING, tags.LIST, tags.MAP, tags.REF

local ENGINE = "=[engine]" -- all names in brackets are code of the engine, or C functions

---------------------------------------------------------------------------------- Lua to Java

local out, values, size, first = 0, 0, 0, true
local max_bytes = MAX_BYTES

local function flush()
  words[0], words[3], words[4] = FLUSH, out - HEADER, first and 1 or 0
  first = false
  host()
  out = HEADER
end

--- Prepares to write values, of so many bytes at most; without a number, of as many as usual.
local function begin(most)
  out, values, size, first = HEADER, 0, 0, true
  max_bytes = most or MAX_BYTES
end

local function word(tag, length)
  if out + 16 > SIZE then flush() end
  local at = out / 4
  words[at], words[at + 1] = tag, length
  out = out + 8
end

local function put_bytes(s)
  local length = #s
  word(STRING, length)
  if out + length <= SIZE then
    copy(bytes + out, s, length)
    out = out + length
  else
    local from = 1
    while from <= length do
      if out >= SIZE then flush() end
      local part = sub(s, from, from + SIZE - out - 1)
      copy(bytes + out, part, #part)
      out, from = out + #part, from + #part
    end
  end
  out = floor((out + 7) / 8) * 8
  if out > SIZE then out = SIZE end
end

local refs, free_refs, ref_count = {}, {}, 0

local function put_ref(f)
  if ref_count >= 10000 then
    fail("more than 10000 functions are kept")
  end
  local info = getinfo(f, "S")
  if info.what == "C" or info.source == ENGINE then
    fail("only functions of the script can be passed")
  end
  local id = free_refs[#free_refs]
  if id then free_refs[#free_refs] = nil else id = #refs + 1 end
  refs[id], ref_count = f, ref_count + 1
  word(REF, id)
end

--- Forgets a function that Java no longer has.
function E.release_ref(id)
  if refs[id] then
    refs[id], ref_count = false, ref_count - 1
    free_refs[#free_refs + 1] = id
  end
end

local put

local function put_table(t, level, functions)
  if level == MAX_DEPTH then
    fail("more than " .. MAX_DEPTH .. " tables in one another")
  end
  local n, total = #t, 0
  for _ in next, t do
    total = total + 1
    if total > MAX_VALUES then break end
  end
  if total == n and n > 0 then
    word(LIST, n)
    for i = 1, n do put(rawget(t, i), level + 1, functions) end
    return
  end
  word(MAP, total)
  for key, value in next, t do
    if type(key) == "number" then key = tostring(key) end
    if type(key) ~= "string" then
      fail("a " .. type(key) .. " as a key can't be passed")
    end
    put(key, level + 1, false)
    put(value, level + 1, functions)
  end
end

put = function(value, level, functions)
  values = values + 1
  if values > MAX_VALUES then
    fail("more than " .. MAX_VALUES .. " values")
  end
  local t = type(value)
  if t == "string" then
    size = size + #value
    if size > max_bytes then
      fail("more than " .. max_bytes .. " bytes")
    end
    put_bytes(value)
  elseif t == "number" then
    word(NUMBER, 0)
    doubles[out / 8] = value
    out = out + 8
  elseif t == "nil" then
    word(NIL, 0)
  elseif t == "boolean" then
    word(value and TRUE or FALSE, 0)
  elseif t == "table" then
    put_table(value, level, functions)
  elseif t == "function" and functions then
    put_ref(value)
  else
    fail("a " .. t .. " can't be passed")
  end
end

local take_back

local function put_all(n, ...)
  if words[5] ~= 0 then take_back() end
  begin()
  for i = 1, n do
    local value = select(i, ...)
    put(value, 0, true)
  end
end

---------------------------------------------------------------------------------- Java to Lua

local in_bytes, in_words, in_doubles, at, whole

--- Prepares to read the values that Java wrote, which may be longer than the buffer.
local function open()
  local length = words[3]
  at, in_bytes, in_words, in_doubles, whole = HEADER, bytes, words, doubles, nil
  if length <= SIZE - HEADER then return end
  local parts, n = { tobytes(bytes + HEADER, SIZE - HEADER) }, 1
  length = length - (SIZE - HEADER)
  while length > 0 do
    words[0] = MORE
    host()
    local part = words[3]
    n = n + 1
    parts[n] = tobytes(bytes + HEADER, part)
    length = length - part
  end
  whole = concat(parts)
  in_bytes = cast("uint8_t *", whole)
  in_words, in_doubles, at = cast("int32_t *", whole), cast("double *", whole), 0
end

local take

local function take_string(length)
  local s = tobytes(in_bytes + at, length)
  at = floor((at + length + 7) / 8) * 8
  return s
end

take = function()
  local tag, length = in_words[at / 4], in_words[at / 4 + 1]
  at = at + 8
  if tag == STRING then
    return take_string(length)
  elseif tag == NUMBER then
    at = at + 8
    return in_doubles[at / 8 - 1]
  elseif tag == NIL then
    return nil
  elseif tag == REF then
    return refs[length]
  elseif tag == LIST then
    local list = {}
    for i = 1, length do list[i] = take() end
    return list
  elseif tag == MAP then
    local map = {}
    for _ = 1, length do
      local key = take()
      map[key] = take()
    end
    return map
  end
  return tag == TRUE
end

-------------------------------------------------------------------------- results and calls

--- Returns the result of a call from Java, or a text if it had to be written to the buffer, of so
--- many bytes at most. Java may get a function as the result only if `functions` is true. Values
--- from Java must have been taken before.
local function reply(value, most, functions)
  whole = nil
  local t = type(value)
  if t == "number" or t == "nil" or t == "boolean" then return value end
  begin(most)
  put(value, 0, functions)
  words[3] = out - HEADER
  return "in the buffer"
end

--- Calls Java with what the header and the buffer have; returns its result, or throws.
local function ask(operation, id, n)
  words[0], words[1], words[2], words[3] = operation, id, n, out - HEADER
  host()
  local status = words[0]
  if status == 0 then
    if words[HEADER / 4] == NIL then return nil end
    open()
    return take()
  elseif status == STOPPED then
    stopped()
  end
  open()
  fail(take())
end

--- Takes back the functions that Java no longer keeps. No limit may end this half-way.
take_back = function()
  words[5] = 0
  E.be_quiet(true)
  begin()
  local ids = ask(RELEASED, 0, 0)
  for i = 1, #ids do E.release_ref(ids[i]) end
  E.be_quiet(false)
end

--- What E.direct returned with this value and status; `f(...)` makes the same call by the buffer.
local function settled(value, how, f, ...)
  if how == TEXT then
    return tobytes(slot1, value)
  elseif how == IN_BUFFER then
    open()
    return take()
  elseif how == USE_BUFFER then
    return f(...)
  elseif how == STOPPED then
    stopped()
  end
  open()
  fail(take())
end

--- A function that calls Java with a code and its arguments, on the stack where that is possible;
--- `f` makes the same call by the buffer.
local function direct_or(code, f)
  return function(...)
    if not thread.main or select("#", ...) > 4 then return f(...) end
    local a, b, c, d = ...
    if type(a) == "string" then
      if #a > SLOT then return f(...) end
      copy(slot1, a, #a)
    end
    if type(b) == "string" then
      if #b > SLOT then return f(...) end
      copy(slot2, b, #b)
    end
    if type(c) == "string" then
      if #c > SLOT then return f(...) end
      copy(slot3, c, #c)
    end
    if type(d) == "string" then
      if #d > SLOT then return f(...) end
      copy(slot4, d, #d)
    end
    local value, how = direct(code, ...)
    if how then return settled(value, how, f, ...) end
    return value
  end
end

--- A function for scripts that calls the Java function with this number.
function E.java(id)
  return direct_or(FUNCTION * 65536 + id, function(...)
    local n = select("#", ...)
    put_all(n, ...)
    return ask(FUNCTION, id, n)
  end)
end

--- The code of a function with the seal without which no state loads it.
function E.seal(code)
  begin()
  put(code, 0, false)
  return ask(SEAL, 0, 1)
end

function E.log(text)
  begin()
  put(text, 0, false)
  ask(LOG, 0, 1)
end

E.direct_or, E.settled = direct_or, settled
E.begin, E.put, E.put_all, E.reply = begin, put, put_all, reply
E.open, E.take, E.ask, E.refs = open, take, ask, refs
