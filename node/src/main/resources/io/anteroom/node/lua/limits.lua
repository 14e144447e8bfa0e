-- SPDX-License-Identifier: Apache-2.0
--
-- What stops a script: its errors and their places, and the limits of instructions, CPU time,
-- memory and nested calls.

local E = ...
local ffi = require("ffi")
local type, error = type, error
local sub, gsub, find, floor = string.sub, string.gsub, string.find, math.floor
local getinfo, sethook = debug.getinfo, debug.sethook
local copy = ffi.copy
local words, bytes = E.buffer.words, E.buffer.bytes
local STRING, status = E.tag.STRING, E.status
local ERROR, INSTRUCTIONS, MEMORY, STOPPED =
  status.ERROR, status.INSTRUCTIONS, status.MEMORY, status.STOPPED

ffi.cdef [[
typedef struct { long sec; long nsec; } anteroom_time;
int clock_gettime(int, anteroom_time *);
void *lua_gethook(void *);
int lua_gethookmask(void *);
int lua_sethook(void *, void *, int, int);
]]

-------------------------------------------------------------------------------------- errors

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
  local text, root = where(), E.root()
  if text == "" and root then
    local info = getinfo(root, "S")
    if sub(info.short_src, 1, 1) == "[" then return "" end -- a function of a library
    text = info.short_src .. ":" .. (info.linedefined > 0 and info.linedefined .. ":" or "") .. " "
  end
  return text
end

local function fail(text)
  error(place() .. text, 0)
end
E.where, E.fail = where, fail

--- File and line of the innermost function of a script that runs now, or nil.
local function position()
  for level = 2, 100 do
    local info = getinfo(level, "Sl")
    if not info then
      return nil
    elseif sub(info.short_src, 1, 1) ~= "[" then
      return info.short_src, info.currentline
    end
  end
end

--- What the scripts of a library get, as their only argument.
E.library = { fail = fail, position = position }

-------------------------------------------------------------------------------------- limits

-- A script that exceeded a limit, or that is to end, gets this as an error again and again: the
-- functions of the sandbox that catch errors throw it anew as long as `stopping` is set.
local STOP = setmetatable({}, { __tostring = function() return "stopped" end })
local STEP = E.step
local ticks, most, max_ticks, max_cpu = 0, 0, 0, 0

--- Sets the limit of instructions of a call, now and later.
function E.limit(instructions)
  most, max_ticks, max_cpu = instructions, floor(instructions / STEP) + 1, 0.25 + instructions * 1e-7
  if STEP == 0 then max_ticks = 1 / 0 end
end
E.limit(E.instructions)
local calls, begun, measured = 0, 0, 0 -- numbers of this call, of the last one that had a tick, and
                                       -- of the one that cpu_start is about
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

--- Reads the clock, which costs more than all else here: not at the first time in a call, as most
--- calls are short.
local function measure()
  if begun ~= calls then
    begun = calls
  elseif measured ~= calls then
    measured, cpu_start = calls, cpu()
  elseif cpu() - cpu_start > max_cpu then
    stop(INSTRUCTIONS, "more than " .. floor(max_cpu * 1000) .. " ms of CPU time")
  end
end

--- The hook, after each STEP instructions; it measures at every fourth time.
local function tick()
  if quiet then return end
  ticks = ticks + 1
  if ticks > max_ticks then
    stop(INSTRUCTIONS, "more than " .. most .. " instructions")
  elseif words[7] ~= 0 then
    stop(INSTRUCTIONS, "stopped, because its time was up")
  end
  countdown = countdown - 1
  if countdown > 0 then return end
  countdown = 4
  measure()
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
    stop(INSTRUCTIONS, "more than " .. most .. " instructions")
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

--- Ends the script, because Java has what it wanted of it.
function E.stopped()
  stopping, ticks = STOPPED, 1 / 0
  error(STOP, 0)
end

function E.is_stopping() return stopping end

-------------------------------------------------------------------------------- nested calls

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

-- Whether the main coroutine runs, and how many others do.
local thread = { main = true }
E.thread = thread
local coroutines = 0

--- Enters a coroutine; returns the base of the one that resumes it.
function E.enter_coroutine()
  local outer = base
  base = depth
  coroutines, thread.main = coroutines + 1, false
  return outer
end

function E.leave_coroutine(outer)
  base = outer
  coroutines = coroutines - 1
  thread.main = coroutines == 0
end

----------------------------------------------------------------------------- a call from Java

local function address(pointer)
  return tonumber(ffi.cast("intptr_t", ffi.cast("void *", pointer)))
end

--- Puts the limits in place. If the state is watched, Java sets the hook in calls that take long.
--- Where the allocator has no limit, only the hook ends a script that fills the memory.
function E.watch()
  if STEP == 0 then return end
  sethook(tick, "", STEP)
  if E.watched and mem then
    local C, L = ffi.C, ffi.cast("void *", ffi.cast("intptr_t", E.state))
    E.hook, E.set_hook = address(C.lua_gethook(L)), address(C.lua_sethook)
    E.get_hook_mask = address(C.lua_gethookmask)
    C.lua_sethook(L, nil, 0, STEP)
  end
end

--- Suspends the limits, for a step of the engine that must be completed.
function E.be_quiet(on) quiet = on end

--- Removes the limits, because the state is closed.
function E.unwatch()
  sethook()
  mem = nil
end

--- A function that runs `f` within the limits, as one call from Java.
function E.limited(f)
  return function(...)
    last_stop, last_text = stopping, stop_text
    ticks, stopping, calls = 0, nil, calls + 1
    if mem then mem.volume = 0 end
    depth, base = 0, 0
    coroutines, thread.main = 0, true
    quiet = false
    local result = f(...)
    quiet = true
    return result
  end
end

--- Called in the place of an error, which ends the call: writes it for Java.
function E.handler(e)
  quiet = true
  local kind, text = stopping or ERROR, stop_text
  if not stopping then
    if type(e) == "string" then
      text = e
      if sub(e, 1, 1) == "[" or not find(sub(e, 1, 100), "^[^\n]-:%d+: ") then
        text = place() .. gsub(sub(e, 1, 1000), "^%[[%w.]+%]:%d+: ", "")
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

--- Kind and text of an end of the call before this one that E.handler has not seen.
function E.last_failure()
  if last_stop then
    return last_stop, last_text
  elseif not mem or mem.refused == 0 then
    return ERROR, place() .. "stack overflow"
  end
  return memory_error()
end

E.STOP = STOP
