-- SPDX-License-Identifier: Apache-2.0
--
-- The environment of scripts: a list of what they may use, and functions in place of those of the
-- libraries that could stop the node. The engine itself uses none of these tables, so a script
-- that changes them hurts only itself.

local E = ...
local type, error, select, tostring = type, error, select, tostring
local pcall, xpcall, setmetatable, getmetatable = pcall, xpcall, setmetatable, getmetatable
local rawget, tonumber, loadstring, setfenv, unpack = rawget, tonumber, loadstring, setfenv, unpack
local floor, min = math.floor, math.min
local rep, format, sort, insert, remove = string.rep, string.format, table.sort, table.insert, table.remove
local concat, sub, byte, upper_find = table.concat, string.sub, string.byte, string.find
local fail, charge, caught = E.fail, E.charge, E.caught
local enter, leave, depth = E.enter, E.leave, E.depth
local enter_coroutine, leave_coroutine = E.enter_coroutine, E.leave_coroutine
local registry = debug.getregistry()

local env = {
  _VERSION = _VERSION,
  assert = assert, error = error, ipairs = ipairs, next = next, pairs = pairs,
  rawequal = rawequal, rawget = rawget, rawset = rawset, select = select,
  setmetatable = setmetatable, tonumber = tonumber, type = type, unpack = unpack,
  getmetatable = getmetatable,
}
env._G = env

local function copy_of(library, names)
  local t = {}
  for name in string.gmatch(names, "%S+") do t[name] = library[name] end
  return t
end

------------------------------------------------------------------------------- errors

local function after(saved, ok, ...)
  if not ok then caught((...)) end
  if E.is_stopping() then error(E.STOP, 0) end
  leave(saved)
  return ok, ...
end

--- As in Lua, but what ends a script can't be caught.
function env.pcall(f, ...)
  return after(depth(), pcall(f, ...))
end

function env.xpcall(f, handler, ...)
  if type(handler) ~= "function" then
    fail("bad argument #2 to 'xpcall' (function expected)")
  end
  return after(depth(), xpcall(f, function(e)
    if E.is_stopping() then return e end
    local to = enter()
    local result = handler(e)
    leave(to)
    return result
  end, ...))
end

local raw_tostring = tostring

--- tostring calls __tostring, which may nest.
local function text_of(value)
  local kind = type(value)
  if kind == "table" or kind == "userdata" then
    local to = enter()
    local text = raw_tostring(value)
    leave(to)
    return text
  end
  return raw_tostring(value)
end
env.tostring = text_of

--------------------------------------------------------------------------- coroutines

local create, resume = coroutine.create, coroutine.resume
local coroutines = copy_of(coroutine, "yield status running")
env.coroutine = coroutines

--- luajava finds the state of a coroutine in the registry, which has weak keys.
function coroutines.create(f)
  if type(f) ~= "function" then
    fail("bad argument #1 to 'create' (function expected)")
  end
  local co = create(f)
  registry[co] = E.index
  return co
end

local function resumed(to, outer, ok, ...)
  leave_coroutine(outer)
  leave(to)
  if not ok then caught((...)) end
  if E.is_stopping() then error(E.STOP, 0) end
  return ok, ...
end

function coroutines.resume(co, ...)
  return resumed(enter(), enter_coroutine(), resume(co, ...))
end

local function values_of(ok, ...)
  if ok then return ... end
  error((...), 0)
end

function coroutines.wrap(f)
  local co = coroutines.create(f)
  return function(...)
    return values_of(resumed(enter(), enter_coroutine(), resume(co, ...)))
  end
end

--------------------------------------------------------------------- code as text only

local function load_text(text, name)
  charge(#text / 8)
  if byte(text, 1) == 27 then
    return nil, "only text can be loaded"
  end
  local f, message = loadstring(text, "=" .. sub(raw_tostring(name or "(load)"), 1, 40), "t")
  if f then setfenv(f, env) end
  return f, message
end

E.library.load = load_text

function env.loadstring(text, name)
  if type(text) ~= "string" then
    fail("bad argument #1 to 'loadstring' (string expected)")
  end
  return load_text(text, "(load)")
end

function env.load(chunk, name, mode, environment)
  local text = chunk
  if type(chunk) == "function" then
    local parts, n = {}, 0
    repeat
      charge(16)
      local part = chunk()
      if part ~= nil and type(part) ~= "string" then
        fail("the function must return text")
      end
      n = n + 1
      parts[n] = part
    until part == nil or part == ""
    text = concat(parts)
  elseif type(chunk) ~= "string" then
    fail("bad argument #1 to 'load' (string expected)")
  end
  local f, message = load_text(text, "(load)")
  if f and type(environment) == "table" then setfenv(f, environment) end
  return f, message
end

function env.collectgarbage(option)
  if option ~= "count" then
    fail("collectgarbage knows only \"count\" here")
  end
  return collectgarbage("count")
end

---------------------------------------------------------------------------------- text

local strings = copy_of(string, "byte char len lower reverse sub upper")
env.string = strings
E.strings = strings

--- The text of an argument, as the libraries take numbers as text too.
local function text_argument(value, n, name)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "number" then return raw_tostring(value) end
  fail("bad argument #" .. n .. " to '" .. name .. "' (string expected, got "
    .. (value == nil and "no value" or kind) .. ")")
end
E.text_argument = text_argument

for _, name in next, { "lower", "upper", "reverse" } do
  local f = string[name]
  strings[name] = function(s)
    s = text_argument(s, 1, name)
    charge(#s / 32)
    return f(s)
  end
end

function strings.rep(s, n, separator)
  s, n = text_argument(s, 1, "rep"), tonumber(n)
  if not n then
    fail("bad argument #2 to 'rep' (number expected)")
  elseif n > 0 then
    charge(n * (#s + #raw_tostring(separator or "")) / 32)
  end
  return rep(s, n, separator)
end

function strings.format(text, ...)
  text = text_argument(text, 1, "format")
  local arguments, n, length = { ... }, select("#", ...), #text
  for i = 1, n do
    local value = arguments[i]
    if type(value) == "table" then
      value = text_of(value)
      arguments[i] = value
    end
    if type(value) == "string" then length = length + #value end
  end
  charge(length / 16)
  return format(text, unpack(arguments, 1, n))
end

local getinfo, getupvalue, dump = debug.getinfo, debug.getupvalue, string.dump

--- The code of a function, which another state can run, with a seal: code that a script makes up
--- could do anything. It is never loaded as a script's text.
function strings.dump(f)
  local info = type(f) == "function" and getinfo(f, "Su")
  if not info or info.what == "C" or info.source == "=[engine]" then
    fail("bad argument #1 to 'dump' (function of the script expected)")
  elseif info.nups > 0 then
    fail("the function at " .. info.short_src .. ":" .. info.linedefined .. " uses the local "
      .. "variable " .. (getupvalue(f, 1)) .. " from outside of it, which it does not have where "
      .. "its code will run; pass it as data")
  end
  local code = dump(f)
  charge(#code / 8)
  return E.seal(code)
end

-- Methods of text, as in ("x"):rep(3).
getmetatable("").__index = strings
getmetatable("").__metatable = "string"

-------------------------------------------------------------------------------- tables

local tables = {}
env.table = tables

local function table_argument(t, name)
  if type(t) ~= "table" then
    fail("bad argument #1 to '" .. name .. "' (table expected, got " .. type(t) .. ")")
  end
end

function tables.insert(t, ...)
  table_argument(t, "insert")
  if select("#", ...) > 1 then
    local position, size = tonumber((...)), #t
    if not position or not (position >= 1 and position <= size + 1) then
      fail("bad argument #2 to 'insert' (position out of bounds)")
    end
    charge((size - position) / 4)
  end
  return insert(t, ...)
end

function tables.remove(t, position)
  table_argument(t, "remove")
  if position == nil then return remove(t) end
  position = tonumber(position)
  if not position then
    fail("bad argument #2 to 'remove' (number expected)")
  elseif not (position >= 1 and position <= #t) then
    return nil
  end
  charge((#t - position) / 4)
  return remove(t, position)
end

function tables.concat(t, separator, from, to)
  table_argument(t, "concat")
  local first, last = from or 1, to or #t
  if type(first) == "number" and type(last) == "number" then charge((last - first) / 4) end
  return concat(t, separator, first, last)
end

local function less(a, b) return a < b end

--- Always with a comparator in Lua, where the limit of instructions works.
function tables.sort(t, comparator)
  table_argument(t, "sort")
  if comparator ~= nil and type(comparator) ~= "function" then
    fail("bad argument #2 to 'sort' (function expected)")
  end
  local to = enter()
  sort(t, comparator or less)
  leave(to)
end

tables.unpack = nil

function tables.maxn(t)
  table_argument(t, "maxn")
  local largest = 0
  for key in next, t do
    if type(key) == "number" and key > largest then largest = key end
  end
  return largest
end

---------------------------------------------------------------------- mathematics, bits, time

env.math = copy_of(math, "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge "
  .. "ldexp log log10 max min modf pi pow rad random randomseed sin sinh sqrt tan tanh")
env.bit = copy_of(require("bit"), "tobit tohex bnot band bor bxor lshift rshift arshift rol ror bswap")

local date, time = os.date, os.time
env.os = copy_of(os, "time clock difftime")

--- Without metamethods, which C would call without a bound for their depth.
function env.os.time(t)
  if t == nil then return time() end
  if type(t) ~= "table" then
    fail("bad argument #1 to 'time' (table expected, got " .. type(t) .. ")")
  end
  local fields = {}
  for _, name in next, { "year", "month", "day", "hour", "min", "sec", "isdst" } do
    fields[name] = rawget(t, name)
  end
  return time(fields)
end

--- The C library may fail in strange ways with formats that it does not know.
function env.os.date(text, seconds)
  text = text == nil and "%c" or text_argument(text, 1, "date")
  if #text > 100 then
    fail("bad argument #1 to 'date' (format too long)")
  end
  local i = 1
  while i <= #text do
    if byte(text, i) == 37 then
      i = i + 1
      if sub(text, i - 1) == "%t" or not upper_find("aAbBcdHIjmMpSUwWxXyYDFTRnet%*", sub(text, i, i), 1, true)
        or i > #text then
        if not (sub(text, i, i + 1) == "*t") then
          fail("bad argument #1 to 'date' (unknown conversion)")
        end
      end
    end
    i = i + 1
  end
  if seconds ~= nil and (type(seconds) ~= "number" or not (seconds >= 0 and seconds < 2 ^ 37)) then
    fail("bad argument #2 to 'date' (time out of bounds)")
  end
  return date(text, seconds)
end

--- One line to the log.
function env.print(...)
  local parts, n = {}, select("#", ...)
  for i = 1, n do parts[i] = sub(text_of((select(i, ...))), 1, 1000) end
  return E.log(sub(concat(parts, "\t"), 1, 4000))
end

if E.allow_io then
  env.io = copy_of(io, "close flush input lines open output popen read tmpfile type write")
  for _, name in next, { "execute", "getenv", "remove", "rename", "tmpname" } do
    env.os[name] = os[name]
  end
end

E.env = env
