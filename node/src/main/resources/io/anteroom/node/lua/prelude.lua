-- SPDX-License-Identifier: Apache-2.0
--
-- The engine's side of a Lua state: how values get in and out, and what stops a script.
--
-- Java and Lua exchange values through one buffer, which is the memory of a Lua string that is
-- never used as a string. Java reads and writes it as a direct buffer; this file does so with the
-- FFI, which scripts never get. So Java pushes nothing onto a Lua stack: no allocation happens
-- outside of the protected call, where a failure would end the process, and a string survives with
-- whatever bytes it has.
--
--   header (8 words of 32 bits): 0 operation or status, 1 id, 2 number of values,
--                                3 bytes of values, 4 flag, 7 not 0 if it is to end
--   values from byte 32, each aligned to 8 bytes: tag, length, payload
--
-- `E` is the table that the files of the engine share; scripts can't reach it.

local E = ...
local ffi = require("ffi")
local type, error, next, rawget, tostring = type, error, next, rawget, tostring
local unpack, setmetatable, setfenv, loadstring = unpack, setmetatable, setfenv, loadstring
local sub, concat, floor = string.sub, table.concat, math.floor
local getinfo, sethook, registry = debug.getinfo, debug.sethook, debug.getregistry()
local copy, tobytes, cast = ffi.copy, ffi.string, ffi.cast
local host = E.host

jit.off()

ffi.cdef [[
typedef struct { long sec; long nsec; } anteroom_time;
int clock_gettime(int, anteroom_time *);
]]

-- luajava registers each coroutine that calls Java, for ever. With weak keys it does not keep it.
setmetatable(registry, { __mode = "k" })

---------------------------------------------------------------------------------- the buffer

local SIZE = 65536
local HEADER = 32
local MAX_BYTES, MAX_VALUES, MAX_DEPTH = E.max_bytes, E.max_values, E.max_depth

-- Its contents when it is made are like no other string's, so that no script's string is this one.
local memory = sub(string.rep(tostring({}) .. tostring(host), SIZE / 32), 1, SIZE)
local bytes = cast("uint8_t *", memory)
local words = cast("int32_t *", memory)
local doubles = cast("double *", memory)
E.memory = memory

local FLUSH, MORE, FUNCTION, GET, SET, INVOKE, NAME, LOG, SEAL = 1, 2, 3, 4, 5, 6, 7, 8, 9
local NIL, FALSE, TRUE, NUMBER, STRING, LIST, MAP, REF = 0, 1, 2, 3, 4, 5, 6, 7

-------------------------------------------------------------------------------------- errors

local ENGINE = "=[engine]" -- all names in brackets are code of the engine, or C functions
local root, last_root -- the functions that Java called now and before

--- "file:line: " of the innermost function of a script that runs now.
local function where()
  for level = 2, 100 do
    local info = getinfo(level, "Sl")
    if not info then
      return ""
    elseif sub(info.short_src, 1, 1) ~= "[" then
      return info.short_src .. ":" .. info.currentline .. ": "
    end
  end
  return ""
end

--- The place for an error of which no function of a script is left on the stack (tail calls).
local function place()
  local text = where()
  if text == "" and root then
    local info = getinfo(root, "S")
    text = info.short_src .. ":" .. info.linedefined .. ": "
  end
  return text
end

local function fail(text)
  error(place() .. text, 0)
end
E.where, E.fail = where, fail

-------------------------------------------------------------------------------------- limits

-- A script that exceeded a limit, or that is to end, gets this as an error again and again: the
-- functions of the sandbox that catch errors throw it anew as long as `stopping` is set.
local STOP = setmetatable({}, { __tostring = function() return "stopped" end })
local STEP = E.step
local ticks, max_ticks = 0, floor(E.instructions / STEP) + 1
if STEP == 0 then max_ticks = 1 / 0 end
local max_cpu = 0.25 + E.instructions * 1e-7
local calls, measured = 0, 0 -- number of this call, and of the one that cpu_start is about
local countdown, cpu_start = 4, 0
local stopping, stop_text = nil, ""
local quiet = true -- no limit stops the engine between two calls, or while it reports an error
local last_stop, last_text
local depth = 0
local mem = E.mem
local last_place = "" -- where a script ran that had much memory

local time = ffi.new("anteroom_time")
local cpu = function() return 0 end
if pcall(function() return ffi.C.clock_gettime(3, time) end) then
  local clock_gettime = ffi.C.clock_gettime
  cpu = function()
    clock_gettime(3, time)
    return tonumber(time.sec) + tonumber(time.nsec) * 1e-9
  end
end

local function stop(kind, text)
  if not stopping then
    stopping, stop_text = kind, place() .. text
  end
  ticks = 1 / 0
  error(STOP, 0)
end

local count = collectgarbage
local ERROR, INSTRUCTIONS, MEMORY, STOPPED = 1, 2, 3, 4

--- The hook, after each STEP instructions. A clock costs more than all else here, so it is read
--- at every fourth time only; short calls are not measured at all.
local function tick()
  if quiet then return end
  ticks = ticks + 1
  if ticks > max_ticks then
    stop(INSTRUCTIONS, "more than " .. E.instructions .. " instructions")
  elseif words[7] ~= 0 then
    stop(INSTRUCTIONS, "stopped, because its time was up")
  end
  countdown = countdown - 1
  if countdown > 0 then return end
  countdown = 4
  if measured ~= calls then
    measured, cpu_start = calls, cpu()
    if mem then mem.volume = 0 end
  elseif cpu() - cpu_start > max_cpu then
    stop(INSTRUCTIONS, "more than " .. floor(max_cpu * 1000) .. " ms of CPU time")
  end
  local used = count("count") * 1024
  if used > E.bytes / 2 then
    last_place = place()
    if used > E.bytes then
      stop(MEMORY, "more than " .. floor(E.bytes / 1048576) .. " MB of memory")
    end
  end
end

--- Counts work that a C function is about to do, of about so many instructions.
local function charge(instructions)
  ticks = ticks + instructions / STEP
  if ticks > max_ticks then
    stop(INSTRUCTIONS, "more than " .. E.instructions .. " instructions")
  end
end
E.charge = charge

--- Kind and text of the error of a script to which the allocator refused memory.
local function memory_error()
  local at = last_place ~= "" and last_place or place()
  if mem and mem.refused == 2 then
    return INSTRUCTIONS, at .. "more than " .. floor(tonumber(mem.volume_limit) / 1048576)
      .. " MB allocated in one call"
  end
  return MEMORY, at .. "more than " .. floor(E.bytes / 1048576)
    .. " MB of memory, or an eighth of it in one value"
end

--- To be called with an error that was caught: throws it again if no script may catch it.
local function caught(e)
  if stopping then
    error(STOP, 0)
  elseif e == "not enough memory" and (not mem or mem.refused ~= 0) then
    stopping, stop_text = memory_error()
    ticks = 1 / 0
    error(STOP, 0)
  end
end
E.caught = caught

function E.is_stopping() return stopping end

-- C functions that call back into Lua nest on the stack of the thread, which has no guard of its
-- own: so their number is bounded. A coroutine that is resumed elsewhere than it was before has
-- other functions below it, so what is kept across a yield is relative to `base`, the depth at
-- which the current coroutine was resumed. (What can be left by a yield is not on that stack.)
local base = 0

--- Enters such a function; returns what E.leave needs.
function E.enter()
  if depth >= 40 then
    fail("C stack overflow")
  end
  depth = depth + 1
  return depth - 1 - base
end

function E.leave(relative) depth = base + relative end
function E.depth() return depth - base end

--- Enters a coroutine; returns the base of the one that resumes it.
function E.enter_coroutine()
  local outer = base
  base = depth
  return outer
end

function E.leave_coroutine(outer) base = outer end

---------------------------------------------------------------------------------- Lua to Java

local out, values, size, first = 0, 0, 0, true

local function flush()
  words[0], words[3], words[4] = FLUSH, out - HEADER, first and 1 or 0
  first = false
  host()
  out = HEADER
end

local function begin()
  out, values, size, first = HEADER, 0, 0, true
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
    if size > MAX_BYTES then
      fail("more than " .. MAX_BYTES .. " bytes")
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

---------------------------------------------------------------------------------- Java to Lua

local in_bytes, in_words, in_doubles, at, whole

--- Prepares to read the values that Java wrote, which may be longer than the buffer.
local function open()
  local length = words[3]
  at, in_bytes, in_words, in_doubles = HEADER, bytes, words, doubles
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

------------------------------------------------------------------------------ calls to Java

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
    stopping, ticks = STOPPED, 1 / 0
    error(STOP, 0)
  end
  open()
  fail(take())
end

local function put_all(n, ...)
  begin()
  for i = 1, n do
    local value = select(i, ...)
    put(value, 0, true)
  end
end

--- A function for scripts that calls the Java function with this number.
local function java(id)
  return function(...)
    local n = select("#", ...)
    put_all(n, ...)
    return ask(FUNCTION, id, n)
  end
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

--------------------------------------------------------------------------------- the subject

local ids, id_count, methods = {}, 0, {}
local current
local subject = {}

local function stale()
  fail("the query of an earlier call is used; it is valid during its own call only")
end

--- Introduces a name to Java, which says whether it is a method. At most 200 get a number.
local function introduce(key)
  if type(key) ~= "string" then
    fail("a " .. type(key) .. " is no field")
  end
  begin()
  put(key, 0, false)
  local method = ask(NAME, id_count, 1)
  local id = id_count
  if id_count < 200 then
    id_count = id_count + 1
    ids[key] = id
  end
  if method then
    methods[key] = function(self, ...)
      if self ~= current then
        if getmetatable(self) ~= "query" then fail("use q:" .. key .. "(..), with a colon") end
        stale()
      end
      local n = select("#", ...)
      put_all(n, ...)
      return ask(INVOKE, id, n)
    end
  end
  return id, methods[key]
end

function subject.__index(self, key)
  if self ~= current then stale() end
  local method = methods[key]
  if method then return method end
  local id = ids[key]
  if not id then
    id, method = introduce(key)
    if method then return method end
  end
  words[0], words[1] = GET, id
  host()
  if words[0] ~= 0 then
    if words[0] == STOPPED then
      stopping, ticks = STOPPED, 1 / 0
      error(STOP, 0)
    end
    open()
    fail(take())
  end
  local tag = words[8]
  if tag == STRING and words[3] <= SIZE - HEADER then
    return tobytes(bytes + 40, words[9])
  elseif tag == NUMBER then
    return doubles[5]
  end
  open()
  return take()
end

function subject.__newindex(self, key, value)
  if self ~= current then stale() end
  local id = ids[key] or introduce(key)
  begin()
  put(value, 0, false)
  ask(SET, id, 1)
end

subject.__metatable = "query"

------------------------------------------------------------------------------ calls from Java

local paths = {}
local env

local function find(path)
  local at_table = env
  for i = 1, #path do
    if type(at_table) ~= "table" then return nil end
    at_table = rawget(at_table, path[i])
  end
  return at_table
end

local function reply(value)
  if value == nil then
    words[0], words[3], words[8] = 0, 8, NIL
    return
  end
  begin()
  put(value, 0, false)
  words[0], words[3] = 0, out - HEADER
end

local function run(f, n, has_subject)
  local q
  if has_subject then
    q = setmetatable({}, subject)
  end
  current, root = q, f
  if n == 0 then
    if q then return reply((f(q))) end
    return reply((f()))
  end
  local arguments = {}
  for i = 1, n do arguments[i] = take() end
  if q then return reply((f(q, unpack(arguments, 1, n)))) end
  return reply((f(unpack(arguments, 1, n))))
end

local operations = {}

operations[1] = function(id, n, flag) -- call
  local path = paths[id]
  local f = find(path)
  if type(f) ~= "function" then
    error("there is no function " .. concat(path, "."), 0)
  end
  return run(f, n, flag == 1)
end

operations[2] = function(id) -- path
  local path = {}
  for name in string.gmatch(take(), "[^.]+") do path[#path + 1] = name end
  paths[id] = path
end

operations[3] = function(id) -- has
  return reply(type(find(paths[id])) == "function")
end

operations[4] = function() -- load
  local name, source = take(), take()
  local chunk, text = loadstring(source, "=" .. name, "t")
  if not chunk then
    error(text, 0)
  end
  setfenv(chunk, env)
  current, root = nil, chunk
  chunk()
end

operations[5] = function(id) -- define
  local path = take()
  local names = {}
  for name in string.gmatch(path, "[^.]+") do names[#names + 1] = name end
  local t = env
  for i = 1, #names - 1 do
    if type(rawget(t, names[i])) ~= "table" then t[names[i]] = {} end
    t = t[names[i]]
  end
  t[names[#names]] = java(id)
end

operations[6] = function(id, n, flag) -- call a reference
  return run(refs[id], n, flag == 1)
end

operations[7] = function(id) -- release a reference
  if refs[id] then
    refs[id], ref_count = false, ref_count - 1
    free_refs[#free_refs + 1] = id
  end
end

operations[8] = function(id) -- describe a reference
  local info, names = getinfo(refs[id], "Su"), {}
  for i = 1, info.nups do names[i] = debug.getupvalue(refs[id], i) end
  return reply({ file = info.short_src, line = info.linedefined, upvalues = names })
end

operations[9] = function(id) -- dump a reference
  MAX_BYTES = 2 ^ 21
  return reply(string.dump(refs[id]))
end

operations[10] = function() -- load a dump of our own
  local f = loadstring(take(), "=dump", "b")
  setfenv(f, env)
  begin()
  put(f, 0, true)
  words[0], words[3] = 0, out - HEADER
end

operations[11] = function() -- close
  sethook()
  mem = nil
  if E.release then E.release() end
end

operations[12] = function() -- check the source of a script
  local name, source = take(), take()
  MAX_BYTES = 2 ^ 20
  return reply(E.check(name, source))
end

operations[13] = function() -- explain an end of the last call that no handler has seen
  root = last_root
  local kind, text = memory_error()
  if last_stop then
    kind, text = last_stop, last_text
  elseif not mem or mem.refused == 0 then
    kind, text = ERROR, place() .. "stack overflow"
  end
  return reply({ kind, text })
end

operations[14] = function() -- compare the two matchers, for a test
  return reply(E.compare(take(), take(), take(), take()))
end

function E.dispatch()
  last_root, last_stop, last_text = root, stopping, stop_text
  ticks, stopping, whole, root, calls = 0, nil, nil, nil, calls + 1
  depth, base = 0, 0
  quiet = false
  MAX_BYTES = E.max_bytes
  local operation, id, n, flag = words[0], words[1], words[2], words[4]
  if n > 0 then open() end
  words[0], words[3] = 0, 0
  operations[operation](id, n, flag)
  quiet = true
end

--- Called in the place of an error: writes it for Java.
function E.handler(e)
  quiet = true
  local kind, text = stopping or ERROR, stop_text
  if not stopping then
    if type(e) == "string" then
      text = e
      if sub(e, 1, 9) == "[engine]:" or not string.find(sub(e, 1, 100), "^[^\n]-:%d+: ") then
        text = place() .. string.gsub(sub(e, 1, 1000), "^%[engine%]:%d+: ", "")
      end
    else
      text = place() .. "the error is a " .. type(e) .. ", not text"
    end
  end
  text = sub(text, 1, 4000)
  words[0], words[3], words[4] = kind, #text + 8, 0
  words[8], words[9] = STRING, #text
  copy(bytes + 40, text, #text)
end

function E.start(environment)
  env = environment
  collectgarbage()
  collectgarbage("setpause", 120)
  collectgarbage("setstepmul", 400)
  if E.install then E.install() end
  if STEP > 0 then sethook(tick, "", STEP) end
end
E.STOP = STOP
