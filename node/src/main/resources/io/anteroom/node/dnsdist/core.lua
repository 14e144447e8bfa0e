-- SPDX-License-Identifier: Apache-2.0
--
-- What the scripts of the library share. Each gets the table `L`, which no script of an operator
-- can reach:
--
--   L.java           the functions of Java
--   L.loading        whether the operator's file is being loaded
--   L.fail(text)     raises an error at the place of the operator's script that called
--   L.position()     that place: file and line
--   L.load(text, name)   compiles a script of the operator
--   L.warn(text)     notes a warning for that place
--   L.check(..)      checks an argument
--   L.at_end(f)      has f called when the file was loaded, in order
--   L.class(name, methods)   a kind of object; see there

local L = ...
local type, setmetatable, getmetatable, tostring = type, setmetatable, getmetatable, tostring
local rawget = rawget
local concat, floor, pairs, ipairs, error = table.concat, math.floor, pairs, ipairs, error

L.java = __java
__java = nil
L.loading = true
L.settings = {}

local ends = {}

function L.at_end(f) ends[#ends + 1] = f end

L.java.collector(function()
  L.loading = false
  for _, f in ipairs(ends) do f() end
end)

--- A table with the place of the operator's script that called, to which fields can be added.
function L.here(t)
  t = t or {}
  local file, line = L.position()
  t.file, t.line = file or "", line or 0
  return t
end

function L.warn(text, at)
  at = at or L.here()
  L.java.warn(at.file, at.line, text)
end

--- Fails with the place that is in a table of L.here.
function L.fail_at(at, text)
  error(at.file .. ":" .. at.line .. ": " .. text, 0)
end

--- To be called by what can't be done any more when the file was loaded.
function L.only_loading(name)
  if not L.loading then
    L.fail(name .. " works only while the configuration is loaded")
  end
end

---------------------------------------------------------------------------------- objects

local Class = {}

--- The name of an object's class, or of the value's type.
function L.kind(value)
  local kind = type(value)
  if kind == "table" then
    local class = getmetatable(value)
    if type(class) == "table" and class[Class] then return class[Class] end
    if type(class) == "string" then return class end
  end
  return kind
end

--- A class: `L.class("SuffixMatchNode", { add = function(self, ..) end })` returns its metatable.
--- A method that it lacks is an error with its nearest one; `fields` are names of fields that may
--- be nil. `lacks` has texts for names that dnsdist knows and this library doesn't.
function L.class(name, methods, fields, lacks)
  local class = { [Class] = name, __index = methods }
  local optional = {}
  for field in string.gmatch(fields or "", "%S+") do optional[field] = true end
  setmetatable(methods, { __index = function(_, key)
    if optional[key] then return nil end
    local text = lacks and lacks[key]
    if text then
      L.fail(name .. ":" .. tostring(key) .. " is not supported: " .. text)
    end
    L.fail(name .. ": " .. L.java.unknown(tostring(key), L.keys(methods)))
  end })
  class.__tostring = function(self)
    local to_string = rawget(methods, "toString")
    return to_string and to_string(self) or name
  end
  return class
end

function L.keys(t)
  local keys = {}
  for key in pairs(t) do
    if type(key) == "string" then keys[#keys + 1] = key end
  end
  return keys
end

function L.sorted_keys(t)
  local keys = L.keys(t)
  table.sort(keys)
  return keys
end

-------------------------------------------------------------------------------- arguments

local function expected(value, kinds)
  local kind = L.kind(value)
  for _, wanted in ipairs(kinds) do
    if kind == wanted then return true end
  end
  return false
end

--- Checks argument n of a function; further arguments are the kinds that it may have.
function L.check(f, n, value, ...)
  local kinds = { ... }
  if not expected(value, kinds) then
    L.fail("bad argument #" .. n .. " to '" .. f .. "' (" .. concat(kinds, " or ")
      .. " expected, got " .. (value == nil and "no value" or L.kind(value)) .. ")")
  end
  return value
end

--- The same for an argument that may be left out.
function L.optional(f, n, value, default, ...)
  if value == nil then return default end
  return L.check(f, n, value, ...)
end

--- A whole number from min to max.
function L.integer(f, n, value, min, max, default)
  if value == nil and default ~= nil then return default end
  L.check(f, n, value, "number")
  if floor(value) ~= value or value < min or value > max then
    L.fail("bad argument #" .. n .. " to '" .. f .. "' (a whole number from " .. min .. " to "
      .. max .. " expected, got " .. tostring(value) .. ")")
  end
  return value
end

--- The value of an option in a table, of one of these kinds. Options that were read are noted.
function L.option(f, options, key, default, ...)
  local value = options[key]
  if value == nil then return default end
  if not expected(value, { ... }) then
    L.fail(f .. ": " .. key .. " must be a " .. concat({ ... }, " or ") .. ", not a "
      .. L.kind(value))
  end
  return value
end

function L.integer_option(f, options, key, default, min, max)
  local value = L.option(f, options, key, default, "number")
  if value ~= nil and (floor(value) ~= value or value < min or value > max) then
    L.fail(f .. ": " .. key .. " must be a whole number from " .. min .. " to " .. max .. ", not "
      .. tostring(value))
  end
  return value
end

--- Warns of options that are not among these: `known` maps a name to true, or to a text that says
--- why it has no effect here.
function L.warn_of_options(f, options, known)
  for _, key in ipairs(L.sorted_keys(options)) do
    local text = known[key]
    if text == nil then
      L.warn(f .. ": " .. L.java.unknown(key, L.keys(known)) .. "; this option is ignored")
    elseif text ~= true then
      L.warn(f .. ": the option " .. key .. " is ignored: " .. text)
    end
  end
end

--- A list for a value that may be one or a list.
function L.list(value)
  if L.kind(value) == "table" then return value end
  return { value }
end
