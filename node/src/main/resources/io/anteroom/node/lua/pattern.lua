-- SPDX-License-Identifier: Apache-2.0
--
-- The matcher of patterns that the limits of the state can stop. It does what lib_string.c does, in
-- the same order, with the same errors; text.lua says when it is used.

local E = ...
local unpack = unpack
local byte, sub, char, find = string.byte, string.sub, string.char, string.find
local fail, charge = E.fail, E.charge

local MAX_CAPTURES, MAX_DEPTH = 32, 200
local UNFINISHED, POSITION = -1, -2

------------------------------------------------------------------------------ the matcher

local s, s_end, p              -- the text, the position after it, the pattern
local level, depth             -- number of captures, nested matches
local starts, lengths = {}, {} -- of captures

local ESCAPE, SET, SET_END, NOT, MINUS = byte("%[]^-", 1, -1)
local OPEN, CLOSE, DOT, DOLLAR = byte("().$", 1, -1)
local STAR, PLUS, OPTIONAL = byte("*+?", 1, -1)
local ZERO, NINE = byte("09", 1, -1)
local BALANCE, FRONTIER = byte("bf", 1, -1)

--- For each letter of a class, which bytes it has: as C says.
local classes = {}

local function class_of(letter)
  local class = {}
  local pattern = "[%" .. char(letter) .. "]"
  for c = 0, 255 do class[c] = find(char(c), pattern) ~= nil end
  classes[letter] = class
  return class
end

local function in_class(c, letter)
  if letter >= 65 and letter <= 90 or letter >= 97 and letter <= 122 then
    return (classes[letter] or class_of(letter))[c]
  end
  return c == letter
end

--- A byte of the pattern; it ends at a zero, as in C.
local function pattern_byte(i)
  return byte(p, i) or 0
end

local function class_end(i)
  local c = pattern_byte(i)
  i = i + 1
  if c == ESCAPE then
    if pattern_byte(i) == 0 then fail("malformed pattern (ends with '%')") end
    return i + 1
  elseif c == SET then
    if pattern_byte(i) == NOT then i = i + 1 end
    repeat
      local element = pattern_byte(i)
      if element == 0 then fail("malformed pattern (missing ']')") end
      i = i + 1
      if element == ESCAPE and pattern_byte(i) ~= 0 then i = i + 1 end
    until pattern_byte(i) == SET_END
    return i + 1
  end
  return i
end

--- Whether the set from `i` to the bracket at `last` has the byte.
local function in_set(c, i, last)
  local result = true
  if pattern_byte(i + 1) == NOT then
    result, i = false, i + 1
  end
  i = i + 1
  while i < last do
    local element = byte(p, i)
    if element == ESCAPE then
      i = i + 1
      if in_class(c, byte(p, i)) then return result end
    elseif byte(p, i + 1) == MINUS and i + 2 < last then
      i = i + 2
      if element <= c and c <= byte(p, i) then return result end
    elseif element == c then
      return result
    end
    i = i + 1
  end
  return not result
end

local function single(at, i, after)
  if at >= s_end then return false end
  local c, kind = byte(s, at), byte(p, i)
  if kind == DOT then
    return true
  elseif kind == ESCAPE then
    return in_class(c, byte(p, i + 1))
  elseif kind == SET then
    return in_set(c, i, after - 1)
  end
  return c == kind
end

local function balance(at, i)
  local open, close = pattern_byte(i), pattern_byte(i + 1)
  if open == 0 or close == 0 then fail("unbalanced pattern") end
  if (byte(s, at) or 0) ~= open then return nil end
  local nested = 1
  for j = at + 1, s_end - 1 do
    local c = byte(s, j)
    if c == close then
      nested = nested - 1
      if nested == 0 then return j + 1 end
    elseif c == open then
      nested = nested + 1
    end
  end
  return nil
end

local do_match

local function max_expand(at, i, after)
  local count = 0
  while single(at + count, i, after) do count = count + 1 end
  while count >= 0 do
    local result = do_match(at + count, after + 1)
    if result then return result end
    count = count - 1
  end
  return nil
end

local function min_expand(at, i, after)
  while true do
    local result = do_match(at, after + 1)
    if result then
      return result
    elseif single(at, i, after) then
      at = at + 1
    else
      return nil
    end
  end
end

local function start_capture(at, i, kind)
  if level >= MAX_CAPTURES then fail("too many captures") end
  starts[level], lengths[level] = at, kind
  level = level + 1
  local result = do_match(at, i)
  if not result then level = level - 1 end
  return result
end

local function end_capture(at, i)
  local index = level - 1
  while index >= 0 and lengths[index] ~= UNFINISHED do index = index - 1 end
  if index < 0 then fail("invalid pattern capture") end
  lengths[index] = at - starts[index]
  local result = do_match(at, i)
  if not result then lengths[index] = UNFINISHED end
  return result
end

local function back_reference(at, digit)
  local index = digit - ZERO - 1
  if index < 0 or index >= level or lengths[index] == UNFINISHED then
    fail("invalid capture index")
  end
  local length = lengths[index]
  if length >= 0 and s_end - at >= length
    and sub(s, starts[index], starts[index] + length - 1) == sub(s, at, at + length - 1) then
    charge(length / 16)
    return at + length
  end
  return nil
end

--- The position after the match of the pattern from `i` with the text from `at`, or nil.
local function match_here(at, i)
  while true do
    local c = pattern_byte(i)
    local following = c ~= 0 and pattern_byte(i + 1)
    if c == 0 then
      return at
    elseif c == OPEN then
      if following == CLOSE then return start_capture(at, i + 2, POSITION) end
      return start_capture(at, i + 1, UNFINISHED)
    elseif c == CLOSE then
      return end_capture(at, i + 1)
    elseif c == DOLLAR and following == 0 then
      return at == s_end and at or nil
    elseif c == ESCAPE and following == BALANCE then
      at = balance(at, i + 2)
      if not at then return nil end
      i = i + 4
    elseif c == ESCAPE and following == FRONTIER then
      i = i + 2
      if pattern_byte(i) ~= SET then fail("missing '[' after '%f' in pattern") end
      local after = class_end(i)
      local before = at == 1 and 0 or byte(s, at - 1)
      if in_set(before, i, after - 1) or not in_set(byte(s, at) or 0, i, after - 1) then
        return nil
      end
      i = after
    elseif c == ESCAPE and following >= ZERO and following <= NINE then
      at = back_reference(at, following)
      if not at then return nil end
      i = i + 2
    else
      local after = class_end(i)
      local suffix = pattern_byte(after)
      if suffix == STAR then
        return max_expand(at, i, after)
      elseif suffix == MINUS then
        return min_expand(at, i, after)
      end
      local matches = single(at, i, after)
      if suffix == PLUS then
        return matches and max_expand(at + 1, i, after) or nil
      elseif suffix == OPTIONAL then
        if matches then
          local result = do_match(at + 1, after + 1)
          if result then return result end
        end
        i = after + 1
      elseif not matches then
        return nil
      else
        at, i = at + 1, after
      end
    end
  end
end

do_match = function(at, i)
  depth = depth + 1
  if depth > MAX_DEPTH then fail("pattern too complex") end
  local result = match_here(at, i)
  depth = depth - 1
  return result
end

local function capture(index)
  local length = lengths[index]
  if length == POSITION then return starts[index] end
  if length == UNFINISHED then fail("unfinished capture") end
  return sub(s, starts[index], starts[index] + length - 1)
end

--- The captures of the match, or the match itself if there are none and `whole` is true.
local function captures(from, to, whole)
  if level == 0 then
    if whole then return sub(s, from, to - 1) end
    return
  end
  local list = {}
  for i = 1, level do list[i] = capture(i - 1) end
  return unpack(list, 1, level)
end

--- As find(text, pattern, init) of C, without its short cuts. The flag says what gmatch does,
--- for which ^ is an ordinary character.
local function lua_find(text, pattern, init, no_anchor)
  s, p, s_end = text, pattern, #text + 1
  local anchored = not no_anchor and byte(p, 1) == NOT
  local first = anchored and 2 or 1
  for at = init, anchored and init or s_end do
    level, depth = 0, 0
    local to = do_match(at, first)
    if to then return at, to - 1, captures(at, to, false) end
  end
  return nil
end

E.lua_find = lua_find
