-- SPDX-License-Identifier: Apache-2.0
--
-- The object that a call is about: scripts get and set its fields and call its methods, all of
-- which Java carries out.

local E = ...
local type, select = type, select
local setmetatable, getmetatable = setmetatable, getmetatable
local tobytes = require("ffi").string
local host, fail, stopped = E.host, E.fail, E.stopped
local begin, put, put_all, open, take, ask = E.begin, E.put, E.put_all, E.open, E.take, E.ask

local buffer, operation, tags = E.buffer, E.operation, E.tag
local SIZE, HEADER = buffer.SIZE, buffer.HEADER
local bytes, words, doubles = buffer.bytes, buffer.words, buffer.doubles
local GET, SET, INVOKE, NAME = operation.GET, operation.SET, operation.INVOKE, operation.NAME
local NUMBER, STRING, STOPPED = tags.NUMBER, tags.STRING, E.status.STOPPED
local TRUE, FALSE = tags.TRUE, tags.FALSE

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
      stopped()
    end
    open()
    fail(take())
  end
  local tag = words[8]
  if tag == STRING and words[3] <= SIZE - HEADER then
    return tobytes(bytes + 40, words[9])
  elseif tag == NUMBER then
    return doubles[5]
  elseif tag == TRUE or tag == FALSE then
    return tag == TRUE
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
