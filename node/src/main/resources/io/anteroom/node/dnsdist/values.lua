-- SPDX-License-Identifier: Apache-2.0
--
-- Names and addresses of dnsdist: DNSName and ComboAddress.
--
-- For the other scripts of the library:
--   L.new_name(text), L.new_address(text, port)   an object
--   L.name(value), L.address(value)               the text of an object, or nil
--   L.text_of(value, f), L.host_of(value, f)      the text of an argument of f, or an error

local L = ...
local java, fail = L.java, L.fail
local setmetatable, getmetatable, type, rawequal = setmetatable, getmetatable, type, rawequal
local byte, sub, lower = string.byte, string.sub, string.lower

--------------------------------------------------------------------------------- DNSName

-- A name is a table with its absolute text, in the case that it was given in. Equal names have
-- equal texts but for the case, as Java writes escapes only where they are needed.

local name_methods = {}
local name = L.class("DNSName", name_methods)

local function is_name(value) return getmetatable(value) == name end

local function new_name(text) return setmetatable({ text }, name) end

--- The text of a method's own name, or of an argument.
local function text_of(value, f)
  if getmetatable(value) ~= name then
    fail(f .. " needs a DNSName, not a " .. L.kind(value) .. (type(value) == "string"
      and "; make one with newDNSName" or "; methods are called with a colon"))
  end
  return value[1]
end

--- The position after the first label of an absolute text, or of the part from `from` on.
local function label_end(text, from)
  local i = from
  while true do
    local c = byte(text, i)
    if c == 46 or not c then
      return i + 1
    end
    i = i + (c == 92 and 2 or 1)
  end
end

--- Whether text `a` is that of `b` or of a name below it; both in lower case.
local function is_below(a, b)
  if a == b or b == "." then return true end
  local start = #a - #b + 1
  if start <= 1 or sub(a, start) ~= b then return false end
  local at = 1
  while at < start do at = label_end(a, at) end
  return at == start
end

function name_methods.toString(self) return text_of(self, "toString") end
name_methods.tostring = name_methods.toString

function name_methods.toStringNoDot(self)
  return sub(text_of(self, "toStringNoDot"), 1, -2)
end

function name_methods.toDNSString(self)
  return java.name_wire(text_of(self, "toDNSString"))
end

function name_methods.wirelength(self)
  return #java.name_wire(text_of(self, "wirelength"))
end

function name_methods.countLabels(self)
  local text, count, at = text_of(self, "countLabels"), 0, 1
  if text == "." then return 0 end
  while at <= #text do
    count, at = count + 1, label_end(text, at)
  end
  return count
end

function name_methods.isPartOf(self, other)
  return is_below(lower(text_of(self, "isPartOf")), lower(text_of(other, "isPartOf")))
end

function name_methods.chopOff(self)
  local text = text_of(self, "chopOff")
  if text == "." then return false end
  local rest = sub(text, label_end(text, 1))
  self[1] = rest == "" and "." or rest
  return true
end

--- Without a name in common, dnsdist returns an unset name; here it is the root.
function name_methods.makeRelative(self, other)
  local a, b = text_of(self, "makeRelative"), text_of(other, "makeRelative")
  if not is_below(lower(a), lower(b)) then return new_name(".") end
  local rest = b == "." and a or sub(a, 1, #a - #b)
  return new_name(rest == "" and "." or rest)
end

local function appended(a, b)
  if getmetatable(b) ~= name then b = newDNSName(b) end
  if a == "." then return b[1] end
  return b[1] == "." and a or java.name_text(a .. b[1])
end

function name_methods.append(self, other)
  self[1] = appended(text_of(self, "append"), other)
end

--- A hash, the same for names that differ in case only.
function name_methods.hash(self)
  local text, hash = lower(text_of(self, "hash")), 0
  for i = 1, #text do hash = (hash * 31 + byte(text, i)) % 4294967296 end
  return hash
end

function name.__eq(a, b) return rawequal(a, b) or lower(a[1]) == lower(b[1]) end
function name.__lt(a, b) return lower(a[1]) < lower(b[1]) end
function name.__le(a, b) return lower(a[1]) <= lower(b[1]) end

function newDNSName(text)
  if type(text) ~= "string" then
    fail("newDNSName needs a string, not a " .. L.kind(text))
  end
  return new_name(java.name_text(text))
end

--- A name in wire format, in a string that may have more behind it.
function newDNSNameFromRaw(raw)
  if type(raw) ~= "string" then
    fail("newDNSNameFromRaw needs a string, not a " .. L.kind(raw))
  end
  return new_name(java.name_of_wire(raw))
end

function L.name(value) return is_name(value) and value[1] or nil end

---------------------------------------------------------------------------- ComboAddress

-- An address is a table with its text and its port.

local address_methods = {}
local address = L.class("ComboAddress", address_methods)

local function is_address(value) return getmetatable(value) == address end

local function new_address(text, port) return setmetatable({ text, port }, address) end

local function host_of(value, f)
  if getmetatable(value) ~= address then
    fail(f .. " needs a ComboAddress, not a " .. L.kind(value) .. (type(value) == "string"
      and "; make one with newCA" or "; methods are called with a colon"))
  end
  return value[1]
end

local function is_v6(text)
  for i = 1, 5 do
    if byte(text, i) == 58 then return true end
  end
  return false
end

function address_methods.toString(self) return host_of(self, "toString") end
address_methods.tostring = address_methods.toString

function address_methods.toStringWithPort(self)
  local host = host_of(self, "toStringWithPort")
  if is_v6(host) then host = "[" .. host .. "]" end
  return host .. ":" .. self[2]
end
address_methods.tostringWithPort = address_methods.toStringWithPort

function address_methods.getPort(self)
  host_of(self, "getPort")
  return self[2]
end

function address_methods.getRaw(self) return java.address_raw(host_of(self, "getRaw")) end
function address_methods.isIPv4(self) return not is_v6(host_of(self, "isIPv4")) end
function address_methods.isIPv6(self) return is_v6(host_of(self, "isIPv6")) end

--- Never, as such an address is an IPv4 address here from the beginning.
function address_methods.isMappedIPv4(self)
  host_of(self, "isMappedIPv4")
  return false
end

function address_methods.mapToIPv4(self)
  return new_address(host_of(self, "mapToIPv4"), self[2])
end

function address_methods.truncate(self, bits)
  self[1] = java.address_truncated(host_of(self, "truncate"), bits)
end

function address.__eq(a, b) return a[1] == b[1] and a[2] == b[2] end

function newCA(text)
  if type(text) ~= "string" then
    fail("newCA needs a string, not a " .. L.kind(text))
  end
  local parts = java.address(text)
  return new_address(parts[1], parts[2])
end

function newCAFromRaw(raw, port)
  if type(raw) ~= "string" then
    fail("newCAFromRaw needs a string, not a " .. L.kind(raw))
  end
  return new_address(java.address_of_raw(raw), port or 0)
end

function L.address(value) return is_address(value) and value[1] or nil end

L.new_name, L.text_of = new_name, text_of
L.new_address, L.host_of, L.is_address = new_address, host_of, is_address
