-- SPDX-License-Identifier: Apache-2.0
--
-- What Java calls: `E.dispatch` carries out an operation. If an error ends it, `E.handler` of
-- limits.lua reports that.

local E = ...
local type, error, rawget, unpack = type, error, rawget, unpack
local setfenv, loadstring, concat = setfenv, loadstring, table.concat
local getinfo = debug.getinfo
local open, take, reply = E.open, E.take, E.reply
local tobytes, slots = require("ffi").string, E.slots
local java, refs, new_subject = E.java, E.refs, E.new_subject

local paths = {}
local env
local root, last_root -- the functions that Java called now and before

function E.root() return root end

--- To be called before a library calls a function of a script: an error that has no other place is
--- reported at that function.
function E.library.entering(f) root = f end

local function find(path)
  local at_table = env
  for i = 1, #path do
    if type(at_table) ~= "table" then return nil end
    at_table = rawget(at_table, path[i])
  end
  return at_table
end

--- Calls a function of a script with n arguments. They are in the buffer if there is no `texts`;
--- else they follow, and bit i - 1 of `texts` is set if argument i is the length of the text in
--- slot i.
local function run(f, n, has_subject, texts, a, b, c, d)
  local q = new_subject(has_subject)
  root = f
  if not texts then
    local arguments = {}
    for i = 1, n do arguments[i] = take() end
    if q then return reply((f(q, unpack(arguments, 1, n)))) end
    return reply((f(unpack(arguments, 1, n))))
  elseif texts > 0 then
    if texts % 2 == 1 then a = tobytes(slots[1], a) end
    if texts % 4 > 1 then b = tobytes(slots[2], b) end
    if texts % 8 > 3 then c = tobytes(slots[3], c) end
    if texts > 7 then d = tobytes(slots[4], d) end
  end
  if q then
    if n == 0 then return reply((f(q))) end
    if n == 1 then return reply((f(q, a))) end
    if n == 2 then return reply((f(q, a, b))) end
    if n == 3 then return reply((f(q, a, b, c))) end
    return reply((f(q, a, b, c, d)))
  end
  if n == 0 then return reply((f())) end
  if n == 1 then return reply((f(a))) end
  if n == 2 then return reply((f(a, b))) end
  if n == 3 then return reply((f(a, b, c))) end
  return reply((f(a, b, c, d)))
end

local operations = {}

operations[1] = function(id, n, has_subject, ...) -- call
  local path = paths[id]
  local f = find(path)
  if type(f) ~= "function" then
    error("there is no function " .. concat(path, "."), 0)
  end
  return run(f, n, has_subject, ...)
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
  new_subject(false)
  root = chunk
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

operations[6] = function(id, n, has_subject, ...) -- call a reference
  return run(refs[id], n, has_subject, ...)
end

operations[7] = E.release_ref

operations[8] = function(id) -- describe a reference
  local info, names = getinfo(refs[id], "Su"), {}
  for i = 1, info.nups do names[i] = debug.getupvalue(refs[id], i) end
  return reply({ file = info.short_src, line = info.linedefined, upvalues = names })
end

operations[9] = function(id) -- dump a reference
  return reply(string.dump(refs[id]), 2 ^ 21)
end

operations[10] = function() -- load a dump of our own
  local f = loadstring(take(), "=dump", "b")
  setfenv(f, env)
  return reply(f, nil, true)
end

operations[11] = function() -- close
  E.unwatch()
  if E.release then E.release() end
end

operations[12] = function() -- check the source of a script
  local name, source = take(), take()
  return reply(E.check(name, source), 2 ^ 20)
end

operations[13] = function() -- explain an end of the last call that no handler has seen
  root = last_root
  if E.reserve then E.reserve(true) end
  local result = reply({ E.last_failure() })
  if E.reserve then E.reserve(false) end
  return result
end

operations[14] = function() -- compare the two matchers, for a test
  return reply(E.compare(take(), take(), take(), take()))
end

operations[15] = function() -- load a script of a library
  local name, source = take(), take()
  local chunk, text = loadstring(source, "=[" .. name .. "]", "t")
  if not chunk then
    error(text, 0)
  end
  setfenv(chunk, env)
  new_subject(false)
  root = chunk
  chunk(E.library)
end

operations[16] = function() -- change the limit of the calls that follow
  E.limit(take())
end

operations[17] = function(id) -- the place of a function
  local f = find(paths[id])
  if type(f) ~= "function" then return reply(nil) end
  local info = getinfo(f, "S")
  return reply(info.short_src .. ":" .. info.linedefined)
end

operations[18] = function() -- collect garbage
  E.be_quiet(true)
  if collectgarbage("count") * 1024 > E.bytes / 2 then collectgarbage() end
  return collectgarbage("count") * 1024
end

E.dispatch = E.limited(function(operation, id, n, has_subject, texts, ...)
  last_root, root = root, nil
  if n > 0 and not texts then open() end
  return operations[operation](id, n, has_subject, texts, ...)
end)

function E.start(environment)
  env = environment
  collectgarbage()
  collectgarbage("setpause", 120)
  collectgarbage("setstepmul", 400)
  if E.install then E.install() end
  E.watch()
end
