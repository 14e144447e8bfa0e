-- SPDX-License-Identifier: Apache-2.0
--
-- The questions and answers of dnsdist: dq, dr and dh.
--
-- For the other scripts of the library:
--   L.action(f), L.response_action(f)   the function that a rule calls for a LuaAction or
--                                       LuaResponseAction of f
--   L.handle(number)                    a dq or dr for the question with this number
--
-- A dq is a table: at 1 is the node's question, which is the subject of the call, or an object with
-- the same fields and methods that finds a question by its number; at 2 the id, or false while it is
-- not known; at 3 the message if the node gave it with the call, or false once it may have changed.
-- Nothing is created for each call but this table.

local L = ...
local java, fail, entering = L.java, L.fail, L.entering
local setmetatable, getmetatable, type, tostring = setmetatable, getmetatable, type, tostring
local next, select, tonumber, byte = next, select, tonumber, string.byte
local new_name, text_of = L.new_name, L.text_of
local new_address, host_of, is_address = L.new_address, L.host_of, L.is_address

--- The names of these tables, in order, for the nearest one.
local function names(...)
  local list = {}
  for i = 1, select("#", ...) do
    for name in next, (select(i, ...)) do
      if type(name) == "string" then list[#list + 1] = name end
    end
  end
  return list
end

local function unknown(what, key, ...)
  fail(what .. ": " .. java.unknown(tostring(key), names(...)))
end

----------------------------------------------------------------------------------- header

local header_methods = {}
local header = L.class("DNSHeader", header_methods)

local function header_source(self, f)
  if getmetatable(self) ~= header then fail("use dh:" .. f .. "(...), with a colon") end
  return self[1]
end

for _, flag in next, { "QR", "AA", "TC", "RD", "RA", "AD", "CD" } do
  local get, set = "get" .. flag, "set" .. flag
  header_methods[get] = function(self) return header_source(self, get)[flag] end
  header_methods[set] = function(self, value)
    header_source(self, set)[flag] = value
    self[2][3] = false
  end
end

--- The message begins with the id.
local function id_of(content)
  local high, low = byte(content, 1, 2)
  return high * 256 + low
end

--- The id is kept in the dq, since a call to Java costs more than all else here.
function header_methods.getID(self)
  local q, dq = header_source(self, "getID"), self[2]
  local id = dq[2]
  if not id then
    id = dq[3] and id_of(dq[3]) or q.id
    dq[2] = id
  end
  return id
end

-------------------------------------------------------------------------------- questions

local methods = {}
local readers = {}
local question = L.class("DNSQuestion", {})

--- Fields that the node's question has under the same name.
local plain = {}
for _, field in next, {
  "qtype", "qclass", "rcode", "len", "size", "opcode", "tcp", "skipCache", "pool", "useECS",
  "ecsOverride", "ecsPrefixLength", "tempFailureTTL",
} do
  plain[field] = true
end

local writable = {}
for _, field in next, {
  "rcode", "skipCache", "pool", "useECS", "ecsOverride", "ecsPrefixLength", "tempFailureTTL",
} do
  writable[field] = true
end

--- Fields for which dnsdist takes a new value, and forgets it.
local ignored = {}
for _, field in next, {
  "qname", "qtype", "qclass", "localaddr", "remoteaddr", "opcode", "tcp",
} do
  ignored[field] = true
end

function question.__index(self, key)
  local method = methods[key]
  if method then return method end
  local q = self[1]
  if plain[key] then return q[key] end
  local reader = readers[key]
  if reader then return reader(q, self) end
  unknown("DNSQuestion", key, methods, plain, readers)
end

function question.__newindex(self, key, value)
  if writable[key] then
    self[1][key] = value
    self[3] = false
  elseif not ignored[key] then
    if plain[key] or readers[key] then fail("\"" .. key .. "\" can't be changed") end
    unknown("DNSQuestion", key, writable)
  end
end

function readers.qname(q) return new_name(q.qname) end
function readers.dh(q, self) return setmetatable({ q, self }, header) end

function readers.remoteaddr(q)
  local parts = q.remote
  return new_address(parts[1], parts[2])
end

function readers.localaddr(q)
  local parts = q["local"]
  if not parts then return new_address("0.0.0.0", 0) end
  return new_address(parts[1], parts[2])
end

local function source(self, f)
  if getmetatable(self) ~= question then
    fail("use dq:" .. f .. "(...), with a colon")
  end
  return self[1]
end

--- Methods that read a field of the node's question.
for method, field in next, {
  getDO = "DO", getProtocol = "protocol", getElapsedUs = "elapsed",
  getTagArray = "tags", getRestartCount = "restarts",
} do
  methods[method] = function(self) return source(self, method)[field] end
end

--- Methods that the node's question has under the same name.
local invoked = {}
for _, method in next, {
  "suspend", "restart", "getTag", "setTag", "unsetTag", "setExtendedDNSError",
  "setNegativeAndAdditionalSOA",
} do
  invoked[method] = true
  methods[method] = function(self, ...)
    local q = source(self, method)
    self[3] = false
    return q[method](q, ...)
  end
end
for _, method in next, {
  "setTags", "spoofAddresses", "spoofData", "changeName", "records", "setTtls", "options",
} do
  invoked[method] = true
end

--- Scripts nearly always ask for the id next.
function methods.getContent(self)
  local q = source(self, "getContent")
  local content = self[3] or q.content
  self[2] = id_of(content)
  return content
end

function methods.setContent(self, raw)
  source(self, "setContent").content = raw
  self[3] = false
end

function methods.getHeader(self)
  return setmetatable({ source(self, "getHeader"), self }, header)
end

function methods.setTagArray(self, tags)
  local q = source(self, "setTagArray")
  q:setTags(tags)
end

function methods.changeName(self, to)
  local q = source(self, "changeName")
  self[3] = false
  return q:changeName(text_of(to, "changeName"))
end

--- Every query can be sent again, so nothing has to be kept for that.
function methods.setRestartable(self)
  source(self, "setRestartable")
  return true
end

function methods.getServerNameIndication(self)
  return source(self, "getServerNameIndication").sni
end

--- The path of a query over HTTPS without what follows the question mark; empty otherwise.
function methods.getHTTPPath(self)
  return source(self, "getHTTPPath").httpPath
end

function methods.spoof(self, values, type_for_any)
  local q = source(self, "spoof")
  self[3] = false
  if is_address(values) then values = { values } end
  if type(values) ~= "table" or values[1] == nil then
    fail("spoof needs a list of addresses made with newCA, or of strings with record data, not a "
      .. L.kind(values))
  end
  if not is_address(values[1]) then return q:spoofData(values, type_for_any) end
  local texts = {}
  for i = 1, #values do texts[i] = host_of(values[i], "spoof") end
  return q:spoofAddresses(texts)
end

local option_methods = {}
local option = L.class("EDNSOptionView", option_methods)
function option_methods.count(self) return #self[1] end
function option_methods.getValues(self) return self[1] end

function methods.getEDNSOptions(self)
  local q, options = source(self, "getEDNSOptions"), {}
  for code, values in next, q:options() do
    options[tonumber(code)] = setmetatable({ values }, option)
  end
  return options
end

function methods.editTTLs(self, f)
  local q = source(self, "editTTLs")
  self[3] = false
  if type(f) ~= "function" then
    fail("editTTLs needs a function, not a " .. L.kind(f))
  end
  local heads, ttls = q:records(), {}
  for i = 1, #heads, 4 do
    local old = heads[i + 3]
    local new = f(heads[i], heads[i + 1], heads[i + 2], old)
    ttls[#ttls + 1] = (new == nil or new == 0) and old or new
  end
  q:setTtls(ttls)
end

------------------------------------------------------------------------ questions by number

local handle = { __metatable = "query" }
local get, set, invoke = java.question_get, java.question_set, java.question_invoke
local invokers = {}

for method in next, invoked do
  invokers[method] = function(self, ...) return invoke(self[1], method, ...) end
end

function handle.__index(self, key)
  return invokers[key] or get(self[1], key)
end

function handle.__newindex(self, key, value) set(self[1], key, value) end

function L.handle(number)
  return setmetatable({ setmetatable({ number }, handle), false, false }, question)
end

---------------------------------------------------------------------------------- actions

local function wrapped(f, what)
  if type(f) ~= "function" then
    fail(what .. " needs a function, not a " .. L.kind(f))
  end
  return function(q, content)
    entering(f)
    local dq = setmetatable({ q, false, content or false }, question)
    local action, value = f(dq)
    dq[3] = false
    if value == nil then return action end
    return { action, value }
  end
end

function L.action(f) return wrapped(f, "LuaAction") end
function L.response_action(f) return wrapped(f, "LuaResponseAction") end
