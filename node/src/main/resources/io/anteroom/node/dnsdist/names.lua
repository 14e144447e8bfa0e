-- SPDX-License-Identifier: Apache-2.0
--
-- Sets of names. A name is text or an object with a method toString; inside of the sets it is text
-- in lower case without a dot at its end, and the root is "".

local L = ...
local type, byte, sub, lower, pairs, next = type, string.byte, string.sub, string.lower, pairs, next
local concat = table.concat

local DOT, BACKSLASH = 46, 92

--- The length of an escaped byte at i, which is a backslash: \. or \046.
local function escape(text, i)
  local a = byte(text, i + 1)
  if not a then return nil end
  if a < 48 or a > 57 then return 2 end
  local b, c = byte(text, i + 2, i + 3)
  if not c or b < 48 or b > 57 or c < 48 or c > 57 then return nil end
  return (a - 48) * 100 + (b - 48) * 10 + c - 48 < 256 and 4 or nil
end

--- Why this is no name, or nil.
local function wrong(text)
  local length, total, i, n = 0, 1, 1, #text
  while i <= n do
    local c = byte(text, i)
    if c == DOT then
      if length == 0 and n > 1 then return "an empty label" end
      total, length = total + (n > 1 and length + 1 or 0), 0
    else
      if c == BACKSLASH then
        local skip = escape(text, i)
        if not skip then return "a backslash that escapes nothing" end
        i = i + skip - 1
      end
      length = length + 1
      if length > 63 then return "a label with more than 63 bytes" end
    end
    i = i + 1
  end
  if length > 0 then total = total + length + 1 end
  if total > 255 then return "more than 255 bytes" end
end

local function text_of(value)
  if type(value) == "string" then return value end
  if L.kind(value) == "DNSName" then return value:toString() end
end

--- The name in a value; f and n say which argument of which function it is.
function L.domain(f, n, value)
  local text = text_of(value)
  if not text then L.check(f, n, value, "string", "DNSName") end
  local why = wrong(text)
  if why then
    L.fail("bad argument #" .. n .. " to '" .. f .. "' (\"" .. sub(text, 1, 100)
      .. "\" is no domain name: it has " .. why .. ")")
  end
  if byte(text, #text) == DOT and (#text == 1 or byte(text, #text - 1) ~= BACKSLASH) then
    text = sub(text, 1, #text - 1)
  end
  return lower(text)
end

--- Calls add for a name, or for each of a list.
local function each_name(f, value, add)
  if L.kind(value) ~= "table" then
    add(L.domain(f, 1, value))
    return
  end
  for i = 1, #value do add(L.domain(f, 1, value[i])) end
end

--- The name without its first label; nil for the root.
local function parent(name)
  if name == "" then return nil end
  local i, n = 1, #name
  while i <= n do
    local c = byte(name, i)
    if c == DOT then return sub(name, i + 1) end
    if c == BACKSLASH then i = i + 1 end
    i = i + 1
  end
  return ""
end

--- The longest suffix of the name that is in the set, or nil.
local function best(set, name)
  while name do
    if set[name] then return name end
    name = parent(name)
  end
end

local function shown(name) return name == "" and "." or name .. "." end

--- Names in order, so that the same file always gives the same configuration.
local function sorted(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- The number of a list of Java with these values, which may be too many for one call.
function L.sent(values)
  local id, part, size = nil, {}, 0
  for i = 1, #values do
    part[#part + 1], size = values[i], size + #values[i]
    if #part == 1000 or size > 60000 then
      id = L.java.add_to_list(id, part)
      part, size = {}, 0
    end
  end
  return { list = L.java.add_to_list(id, part) }
end

-------------------------------------------------------------------------- SuffixMatchNode

local suffixes = {}
local Suffixes = L.class("SuffixMatchNode", suffixes)

--- A suffix below another one changes nothing about what matches, but all are kept, as remove takes
--- away only what was added.
function newSuffixMatchNode()
  return setmetatable({ set = {} }, Suffixes)
end

function suffixes:add(names)
  local set = self.set
  each_name("SuffixMatchNode:add", names, function(name) set[name] = true end)
end

function suffixes:remove(names)
  local set = self.set
  each_name("SuffixMatchNode:remove", names, function(name) set[name] = nil end)
end

function suffixes:check(name)
  return best(self.set, L.domain("SuffixMatchNode:check", 1, name)) ~= nil
end

function suffixes:getBestMatch(name)
  local found = best(self.set, L.domain("SuffixMatchNode:getBestMatch", 1, name))
  return found and newDNSName(shown(found)) or nil
end

function suffixes:toString() return concat(sorted(self.set), ", ") end

------------------------------------------------------------------------------- DNSNameSet

local sets = {}
local Names = L.class("DNSNameSet", sets)

function newDNSNameSet()
  return setmetatable({ set = {} }, Names)
end

function sets:add(name) self.set[L.domain("DNSNameSet:add", 1, name)] = true end

function sets:check(name) return self.set[L.domain("DNSNameSet:check", 1, name)] == true end

function sets:delete(name)
  name = L.domain("DNSNameSet:delete", 1, name)
  local was = self.set[name]
  self.set[name] = nil
  return was and 1 or 0
end

function sets:clear() self.set = {} end

function sets:empty() return next(self.set) == nil end

function sets:size() return #sorted(self.set) end

function sets:toString() return concat(sorted(self.set), " ") end

-------------------------------------------------------------------- what selectors take

--- A copy of names: a set of this class, a name, or a list of names.
local function names_of(f, value, class)
  if L.kind(value) == class then return sorted(value.set) end
  local set = {}
  each_name(f, value, function(name) set[name] = true end)
  return sorted(set)
end

--- Names as the configuration has them. They are fixed when the selector is made, as in dnsdist.
function L.names(f, value, class)
  local names = names_of(f, value, class)
  for i = 1, #names do names[i] = shown(names[i]) end
  return names
end
