-- SPDX-License-Identifier: Apache-2.0
--
-- What scripts see of worker tasks: T.async, TrisulPlugin, and the engine that callbacks get. The
-- work is done by the functions of Java in `anteroom_tasks`. Methods can be called with a colon,
-- as in Trisul, or with a dot.

local java = anteroom_tasks
local type, pcall, error, sub, dump = type, pcall, error, string.sub, string.dump

--- The largest part of a buffer that is passed to Java at once.
local PART = 60000

--- "file:line: " of the line of the script that called. Lines of this file begin with [engine].
local function where()
  for level = 2, 12 do
    local _, place = pcall(error, "", level)
    if place ~= "" and sub(place, 1, 9) ~= "[engine]:" then
      return place
    end
  end
  return ""
end

local function methods(of, functions)
  for name, f in next, functions do
    of[name] = function(first, ...)
      if first == of then return f(...) end
      return f(first, ...)
    end
  end
  return of
end

--- The code of onexecute, for the state of a worker thread.
local function code(onexecute)
  if onexecute == nil then
    java.fail("onexecute is missing; it must be a function")
  elseif type(onexecute) ~= "function" then
    java.fail("onexecute must be a function, not a " .. type(onexecute))
  end
  return dump(onexecute)
end

local engine = methods({}, { counter = java.counter, alert = java.alert })

local async = methods({}, {
  schedule = function(task)
    if type(task) ~= "table" then
      java.fail("schedule needs a table with data and onexecute")
    end
    return java.schedule(where(), task.data, code(task.onexecute), task.onresult)
  end,

  copy = function(from, to) return java.copy(where(), from, to) end,
  cat = function(from, to) return java.cat(where(), from, to) end,
  rm = function(file) return java.rm(where(), file) end,

  copybuffer = function(buffer, file, position)
    if type(buffer) ~= "string" then
      java.fail("copybuffer needs a string as its buffer, not a " .. type(buffer))
    end
    java.part()
    for i = 1, #buffer, PART do
      java.part(sub(buffer, i, i + PART - 1))
    end
    return java.copybuffer(where(), file, position)
  end,

  pending_items = java.pending_items,
})

-- The operation schedule{ data = , onexecute = } for async and launch.
if java.operation then
  function schedule(task, name)
    if type(task) ~= "table" then
      java.fail("schedule needs a table with data and onexecute")
    end
    return java.operation(task.data, code(task.onexecute), name)
  end
end

T = { async = async }
TrisulPlugin = {}

-- For Java. A script that changes these hurts only itself.
anteroom_tasks = {
  result = function(onresult, request, response)
    onresult(engine, request, response)
  end,

  file = function(...)
    onfile_http(engine, ...)
  end,

  workers = function()
    return type(TrisulPlugin) == "table" and TrisulPlugin.request_async_workers or nil
  end,
}
