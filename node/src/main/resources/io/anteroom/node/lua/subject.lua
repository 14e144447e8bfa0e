-- SPDX-License-Identifier: Apache-2.0
--
-- The object that a call is about: scripts get and set its fields and call its methods, all of
-- which Java carries out.

local E = ...
local type, select = type, select
local setmetatable, getmetatable = setmetatable, getmetatable
local direct, fail = E.direct, E.fail
local begin, put, put_all, ask = E.begin, E.put, E.put_all, E.ask
local direct_or, settled, thread = E.direct_or, E.settled, E.thread

local operation = E.operation
local GET, SET, INVOKE, NAME = operation.GET, operation.SET, operation.INVOKE, operation.NAME

local ids, id_count, methods = {}, 0, {}
local current
local subject = {}

--- The object for a call that begins; nil if the call has none. That of the call before ends.
function E.new_subject(has_subject)
  current = has_subject and setmetatable({}, subject) or nil
  return current
end

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
    local invoke = direct_or(INVOKE * 65536 + id, function(...)
      local n = select("#", ...)
      put_all(n, ...)
      return ask(INVOKE, id, n)
    end)
    methods[key] = function(self, ...)
      if self ~= current then
        if getmetatable(self) ~= "query" then fail("use q:" .. key .. "(..), with a colon") end
        stale()
      end
      return invoke(...)
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
  if not thread.main then return ask(GET, id, 0) end
  local value, how = direct(GET * 65536 + id)
  if how then return settled(value, how) end
  return value
end

function subject.__newindex(self, key, value)
  if self ~= current then stale() end
  local id = ids[key] or introduce(key)
  begin()
  put(value, 0, false)
  ask(SET, id, 1)
end

subject.__metatable = "query"
