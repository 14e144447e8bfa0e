-- SPDX-License-Identifier: Apache-2.0
--
-- string.find, match, gmatch and gsub. A pattern with k repetitions can take n^(k+1) steps on a
-- text of n bytes, and no limit works inside of a C function. So C matches only what is cheap even
-- then; all else is for the matcher of pattern.lua.

local E = ...
local type, select, pcall, tonumber, tostring = type, select, pcall, tonumber, tostring
local byte, sub, char, concat, floor = string.byte, string.sub, string.char, table.concat, math.floor
local find, match, gsub = string.find, string.match, string.gsub
local fail, charge, text_argument, lua_find = E.fail, E.charge, E.text_argument, E.lua_find

local NOT, ZERO, NINE = byte("^09", 1, -1)
local MAX_C_STEPS = 2e6

----------------------------------------------------------------------- which one is to match

local repetitions, known = {}, 0

--- The number of repetitions of a pattern; those of sets are counted too.
local function count_of(pattern)
  local count = repetitions[pattern]
  if not count then
    if known >= 200 then repetitions, known = {}, 0 end
    count = select(2, gsub(pattern, "[%*%+%-%?]", "")) + select(2, gsub(pattern, "%%[b%d]", ""))
    repetitions[pattern], known = count, known + 1
  end
  return count
end

--- Whether C may match; counts the steps if so.
local function cheap(text, pattern)
  local steps = (#text + 1) ^ (count_of(pattern) + 1) * (1 + #pattern / 8)
  if steps > MAX_C_STEPS then return false end
  if steps > 1e4 then charge(steps / 200) end
  return true
end

local function arguments(text, pattern, name)
  return text_argument(text, 1, name), text_argument(pattern, 2, name)
end

local function start_of(text, init)
  if init == nil then return 1 end
  init = tonumber(init)
  if not init then fail("the position must be a number") end
  init = init < 0 and math.ceil(init) or floor(init)
  if init < 0 then init = init + #text + 1 end
  if init < 1 then return 1 end
  return init > #text + 1 and #text + 1 or init
end

local strings = E.strings

function strings.find(text, pattern, init, plain)
  text, pattern = arguments(text, pattern, "find")
  if plain or not find(pattern, "[%^%$%*%+%?%.%(%[%%%-]") then
    charge(#text * (#pattern + 1) / 256)
    return find(text, pattern, init, true)
  elseif cheap(text, pattern) then
    return find(text, pattern, init)
  end
  return lua_find(text, pattern, start_of(text, init))
end

local function matched(text, from, to, ...)
  if not from then return nil end
  if select("#", ...) == 0 then return sub(text, from, to) end
  return ...
end

function strings.match(text, pattern, init)
  text, pattern = arguments(text, pattern, "match")
  if cheap(text, pattern) then
    return match(text, pattern, init)
  end
  return matched(text, lua_find(text, pattern, start_of(text, init)))
end

--- With C only if the pattern has no ^ at its start, which find takes as an anchor.
local function finder(text, pattern, no_anchor)
  if cheap(text, pattern) and not (no_anchor and byte(pattern, 1) == NOT) then return find end
  return lua_find
end

local function lua_gmatch(text, pattern, search)
  local at = 1
  local function step(from, to, ...)
    if not from then
      at = #text + 2
      return nil
    end
    at = to >= from and to + 1 or from + 1
    return matched(text, from, to, ...)
  end
  return function()
    if at > #text + 1 then return nil end
    return step(search(text, pattern, at, search == lua_find))
  end
end

function strings.gmatch(text, pattern)
  text, pattern = arguments(text, pattern, "gmatch")
  return lua_gmatch(text, pattern, finder(text, pattern, true))
end

--- What stands for a match: of text with %1, of a table or of a function.
local function expanded(replacement, whole, ...)
  local given = { ... }
  if #given == 0 then given[1] = whole end
  local parts, n, from = {}, 0, 1
  while true do
    local at = find(replacement, "%", from, true)
    if not at then break end
    local digit = byte(replacement, at + 1) or 0
    n = n + 1
    parts[n] = sub(replacement, from, at - 1)
    n = n + 1
    if digit < ZERO or digit > NINE then
      parts[n] = char(digit)
    elseif digit == ZERO then
      parts[n] = whole
    else
      parts[n] = given[digit - ZERO]
      if not parts[n] then fail("invalid capture index") end
    end
    from = at + 2
  end
  parts[n + 1] = sub(replacement, from)
  return concat(parts)
end

local function replaced(replacement, kind, whole, ...)
  local value
  if kind == "string" then
    return expanded(replacement, whole, ...)
  elseif kind == "function" then
    if select("#", ...) == 0 then value = replacement(whole) else value = replacement(...) end
  else
    local key = ...
    if key == nil then key = whole end
    value = replacement[key]
  end
  if not value then return whole end
  local got = type(value)
  if got ~= "string" and got ~= "number" then
    fail("invalid replacement value (a " .. got .. ")")
  end
  return tostring(value)
end

local function lua_gsub(text, pattern, replacement, kind, max, search)
  local parts, n, count, at, last = {}, 0, 0, 1, #text + 1
  local function add(from, to, ...)
    if not from then return false end
    count = count + 1
    parts[n + 1] = sub(text, at, from - 1)
    parts[n + 2] = replaced(replacement, kind, sub(text, from, to), ...)
    n = n + 2
    if to >= from then
      at = to + 1
    else
      n = n + 1
      parts[n] = sub(text, from, from)
      at = from + 1
    end
    return true
  end
  local anchored = byte(pattern, 1) == NOT
  while count < max and at <= last do
    if not add(search(text, pattern, at)) or anchored then break end
  end
  parts[n + 1] = sub(text, at)
  return concat(parts), count
end

function strings.gsub(text, pattern, replacement, max)
  text, pattern = arguments(text, pattern, "gsub")
  local kind = type(replacement)
  if kind == "number" then
    replacement, kind = tostring(replacement), "string"
  elseif kind ~= "string" and kind ~= "table" and kind ~= "function" then
    fail("bad argument #3 to 'gsub' (string/function/table expected)")
  end
  max = max == nil and #text + 1 or tonumber(max)
  if not max then fail("bad argument #4 to 'gsub' (number expected)") end
  if kind == "string" and cheap(text, pattern) then
    charge(#text * #replacement / 256)
    return gsub(text, pattern, replacement, max)
  end
  return lua_gsub(text, pattern, replacement, kind, max, finder(text, pattern))
end

--------------------------------------------------------------------------------- for tests

local function shown(ok, ...)
  if not ok then return "error" end
  local parts = { "true" }
  for i = 1, select("#", ...) do parts[i + 1] = tostring((select(i, ...))) end
  return concat(parts, "|")
end

local function all(iterator)
  local parts = {}
  for a, b in iterator do
    parts[#parts + 1] = tostring(a) .. "," .. tostring(b)
    if #parts > 100 then break end
  end
  return concat(parts, ";")
end

--- Results of both matchers, in pairs. C accepts an unfinished capture in gsub, if the text does
--- not contain it or the replacement does not name it.
function E.compare(text, pattern, init, replacement)
  local found, replaced_by_c = shown(pcall(find, text, pattern, init)),
    shown(pcall(gsub, text, pattern, replacement))
  local has_pattern = find(pattern, "[%^%$%*%+%?%.%(%[%%%-]")
  local start, last = start_of(text, init), #text + 1
  local results = {
    found,
    has_pattern and shown(pcall(lua_find, text, pattern, start)) or found,
    replaced_by_c,
    shown(pcall(lua_gsub, text, pattern, replacement, "string", last, lua_find)),
    shown(pcall(function() return all(string.gmatch(text, pattern)) end)),
    shown(pcall(function() return all(lua_gmatch(text, pattern, lua_find)) end)),
  }
  if results[4] == "error" and not pcall(find, text, pattern) then results[3] = "error" end
  return results
end
