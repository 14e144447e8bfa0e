-- SPDX-License-Identifier: Apache-2.0
--
-- Actions. Each has the value of the key `action` of a rule of the configuration, or a function.
-- `ends` says that dnsdist does not look at later rules of the chain, where the configuration would.

local L = ...
local pairs, ipairs, type, tostring = pairs, ipairs, type, tostring

local QUERY, RESPONSE = "query", "response"

local function methods()
  return {
    toString = function(self) return self.text end,
    reload = function() end, -- LogAction files are ours, so there is nothing to open again.
  }
end

local FIELDS = "action code ends within for_type"
local Action = L.class("DNSAction", methods(), FIELDS, { getStats = "see the metrics" })
local ResponseAction = L.class("DNSResponseAction", methods(), FIELDS)

local function new(kind, t)
  t.kind = kind
  return setmetatable(t, kind == QUERY and Action or ResponseAction)
end

--- An action of this kind. `more` may have
---   ends     whether the chain ends, although the action does not end it
---   within   a block that must match too
local function action(kind, text, value, more)
  local t = { text = text, action = value }
  for key, part in pairs(more or {}) do t[key] = part end
  return new(kind, t)
end


--- The value of `action` that also ends the chain.
function L.ending(value)
  if type(value) ~= "table" then return value == "continue" and "done" or value end
  local copy = { ["then"] = "done" }
  for key, part in pairs(value) do copy[key] = part end
  return copy
end

--------------------------------------------------------------------------- the same in both

local function both(name, make)
  _G[name .. "Action"] = function(...) return make(QUERY, name .. "Action", ...) end
  _G[name .. "ResponseAction"] = function(...)
    return make(RESPONSE, name .. "ResponseAction", ...)
  end
end

both("Allow", function(kind) return action(kind, "allow", "continue", { ends = true }) end)
both("Drop", function(kind) return action(kind, "drop", "drop") end)
both("TC", function(kind) return action(kind, "tc=1 answer", "truncate") end)

local MAX_DELAY = 5000

both("Delay", function(kind, f, millis)
  L.integer(f, 1, millis, 0, 3600000)
  if millis > MAX_DELAY then
    L.warn(f .. ": the longest delay is " .. MAX_DELAY .. " ms, not " .. millis)
    millis = MAX_DELAY
  end
  if millis == 0 then return action(kind, "delay", "continue") end
  return action(kind, "delay", { delay = millis .. "ms" })
end)

both("SetTag", function(kind, f, name, value)
  return action(kind, "set tag", { ["set-tag"] = { L.tag(f, name, value == nil and "" or value) } })
end)

both("UnsetTag", function(kind, f, name)
  return action(kind, "unset tag", { ["unset-tag"] = { L.tag(f, name) } })
end)

both("SetExtendedDNSError", function(kind, f, code, text, clear)
  L.integer(f, 1, code, 0, 65535)
  L.optional(f, 2, text, "", "string")
  if L.optional(f, 3, clear, true, "boolean") == false then
    L.warn(f .. ": an answer has one extended error, so the new one replaces others")
  end
  return action(kind, "extended error", { ["extended-error"] = { code = code, text = text or "" } })
end)

local function log_action(kind, f, file, verbose_only)
  L.optional(f, 1, file, "", "string")
  if file ~= nil and file ~= "" then
    L.warn(f .. ": lines go to the logger anteroom.query, not to the file " .. file)
  elseif verbose_only ~= false and not L.verbose then
    L.warn(f .. ": logs nothing, as it does so only in verbose mode; pass verboseOnly = false")
    return action(kind, "log", "continue")
  end
  return action(kind, "log", "log")
end

function LogAction(file, binary, append, buffered, verbose_only)
  return log_action(QUERY, "LogAction", file, verbose_only)
end

function LogResponseAction(file, append, buffered, verbose_only)
  return log_action(RESPONSE, "LogResponseAction", file, verbose_only)
end

-------------------------------------------------------------------------------- for queries

function NoneAction() return action(QUERY, "no op", "continue") end

function PoolAction(name, stop)
  L.check("PoolAction", 1, name, "string")
  L.optional("PoolAction", 2, stop, true, "boolean")
  return action(QUERY, "to pool " .. name, { pool = L.pool_name(name) }, { ends = stop ~= false })
end

function QPSAction(qps)
  L.integer("QPSAction", 1, qps, 1, 1000000)
  return action(QUERY, "qps limit", "drop", { within = L.above(qps) })
end

function QPSPoolAction(qps, name, stop)
  L.integer("QPSPoolAction", 1, qps, 1, 1000000)
  L.check("QPSPoolAction", 2, name, "string")
  return action(QUERY, "max " .. qps .. " to pool " .. name, { pool = L.pool_name(name) },
    { ends = stop ~= false, within = { ["not"] = L.above(qps) } })
end

--- The options of actions that answer: only the TTL can be set.
local function answer_options(f, n, options)
  if options == nil then return {} end
  L.check(f, n, options, "table")
  L.warn_of_options(f, options, {
    ttl = true, typeForAny = true, soaInAuthoritySection = "the SOA record is always there",
    aa = "answers that this node makes have its own flags",
    ad = "answers that this node makes have its own flags",
    ra = "answers that this node makes have its own flags",
  })
  return options
end

local function ttl(f, options)
  return L.integer_option(f, options, "ttl", 60, 0, 604800) .. "s"
end

local function rcode_action(f, rcode, options)
  L.integer(f, 1, rcode, 0, 4095)
  answer_options(f, 2, options)
  return action(QUERY, "set rcode " .. rcode, { rcode = tostring(rcode) })
end

function RCodeAction(rcode, options) return rcode_action("RCodeAction", rcode, options) end

function ERCodeAction(rcode, options) return rcode_action("ERCodeAction", rcode, options) end

--- dnsdist answers only for the types of these addresses, and goes on with the chain for others.
function SpoofAction(addresses, options, old_options)
  L.check("SpoofAction", 1, addresses, "string", "table", "ComboAddress")
  if type(options) == "string" then
    addresses, options = { addresses, options }, old_options
  end
  options = answer_options("SpoofAction", 2, options)
  local texts, types = {}, {}
  for i, address in ipairs(L.list(addresses)) do
    local net = L.java.network(tostring(address))
    if type(net) == "string" or net.bits ~= 128 then
      L.fail("bad argument #1 to 'SpoofAction' (\"" .. tostring(address) .. "\" is no address)")
    end
    texts[i] = net.address
    types[net.ipv4 and "A" or "AAAA"] = true
  end
  if #texts == 0 then L.fail("SpoofAction needs one address at least") end
  local asked = L.sorted_keys(types)
  asked[#asked + 1] = "ANY"
  return action(QUERY, "spoof", { spoof = { addresses = texts, ttl = ttl("SpoofAction", options) } },
    { within = { type = asked } })
end

function SpoofCNAMEAction(name, options)
  local text = L.names("SpoofCNAMEAction", name)[1]
  options = answer_options("SpoofCNAMEAction", 2, options)
  return action(QUERY, "spoof cname",
    { spoof = { cname = text, ttl = ttl("SpoofCNAMEAction", options) } })
end

--- Data of records in hexadecimal digits.
local function hex(data)
  local digits = {}
  for i = 1, #data do digits[i] = string.format("%02x", data:byte(i)) end
  return table.concat(digits)
end

--- The data become records of the type that is asked for, so the rule must say which that is.
function SpoofRawAction(data, options)
  local f = "SpoofRawAction"
  L.check(f, 1, data, "string", "table")
  options = answer_options(f, 2, options)
  local raws = L.list(data)
  for i, raw in ipairs(raws) do
    L.check(f, i, raw, "string")
    if #raw > 65535 then L.fail(f .. ": more than 65535 bytes") end
  end
  if #raws == 0 then L.fail(f .. " needs data of one record at least") end
  local any = options.typeForAny ~= nil and L.qtype(f, 2, options.typeForAny) or nil
  local seconds = ttl(f, options)
  return new(QUERY, {
    text = "spoof raw",
    for_type = function(word)
      if word == "ANY" then word = any end
      if not word then return nil end
      local records = {}
      for i, raw in ipairs(raws) do
        records[i] = word .. " \\# " .. #raw .. " " .. hex(raw)
      end
      return { spoof = { raw = records, ttl = seconds } }
    end,
  })
end

function NegativeAndSOAAction(nxd, zone, seconds, mname, rname, serial, refresh, retry, expire,
    minimum, options)
  local f = "NegativeAndSOAAction"
  L.check(f, 1, nxd, "boolean")
  zone = L.names(f, zone)[1]
  L.integer(f, 3, seconds, 0, 604800)
  mname, rname = L.names(f, mname)[1], L.names(f, rname)[1]
  for i, value in ipairs({ serial, refresh, retry, expire, minimum }) do
    L.integer(f, 5 + i, value, 0, 4294967295)
  end
  answer_options(f, 11, options)
  local soa = { zone = zone, ttl = seconds .. "s", mname = mname, rname = rname }
  return action(QUERY, nxd and "NXDomain with SOA" or "NoData with SOA",
    nxd and { nxdomain = soa } or { nodata = soa })
end

function SetSkipCacheAction() return action(QUERY, "skip cache", "skip-cache") end

function TeeAction(address, add_ecs, from, add_proxy)
  L.check("TeeAction", 1, address, "string", "ComboAddress")
  if add_ecs or from ~= nil or add_proxy then
    L.warn("TeeAction: copies have no client subnet, and the system chooses their source address")
  end
  return action(QUERY, "tee", { tee = L.socket_address("TeeAction", 1, tostring(address), 53) })
end

function SetDisableECSAction() return action(QUERY, "no ECS", { ecs = false }) end

function SetECSPrefixLengthAction(v4, v6)
  L.integer("SetECSPrefixLengthAction", 1, v4, 0, 32)
  L.integer("SetECSPrefixLengthAction", 2, v6, 0, 128)
  return action(QUERY, "ECS length", { ecs = { ipv4 = v4, ipv6 = v6 } })
end

--- Another action, after which the chain goes on. What answers or drops can't do so here.
function ContinueAction(inner)
  L.check("ContinueAction", 1, inner, "DNSAction")
  local value = inner.action
  local goes_on = type(value) == "table" and not value.rcode and not value.spoof
    and not value.nxdomain and not value.nodata
    or value == "continue" or value == "log" or value == "skip-cache"
  if not goes_on then
    L.fail("ContinueAction: " .. inner.text .. " can't be followed by other rules; nearest: "
      .. "put the other rules before it")
  end
  return action(QUERY, inner.text, value, { within = inner.within })
end

------------------------------------------------------------------------ functions as actions

--- The part of the library that has questions makes the function that a rule calls, and has said
--- what is wrong with the argument.
local function code(kind, text, wrapped)
  return new(kind, { text = text, code = wrapped })
end

function LuaAction(f) return code(QUERY, "LuaAction", L.action(f)) end

function LuaResponseAction(f) return code(RESPONSE, "LuaResponseAction", L.response_action(f)) end

--- What only code can change.
function SetNoRecurseAction()
  return code(QUERY, "SetNoRecurseAction", L.action(function(dq)
    dq:getHeader():setRD(false)
    return DNSAction.None
  end))
end

function SetDisableValidationAction()
  return code(QUERY, "SetDisableValidationAction", L.action(function(dq)
    dq:getHeader():setCD(true)
    return DNSAction.None
  end))
end

function SetSkipCacheResponseAction()
  return code(RESPONSE, "SetSkipCacheResponseAction", L.response_action(function(dr)
    dr.skipCache = true
    return DNSResponseAction.None
  end))
end

------------------------------------------------------------------------------ for responses

local MAX_TTL = 604800

local function limit_ttl(f, min, max)
  local limits = {}
  if min ~= nil then limits.min = L.integer(f, 1, min, 0, MAX_TTL) .. "s" end
  if max ~= nil and max > 0 then limits.max = L.integer(f, 2, max, 0, MAX_TTL) .. "s" end
  return action(RESPONSE, "limit TTL", { ["limit-ttl"] = limits })
end

function LimitTTLResponseAction(min, max, types)
  L.check("LimitTTLResponseAction", 1, min, "number")
  L.optional("LimitTTLResponseAction", 2, max, nil, "number")
  L.optional("LimitTTLResponseAction", 3, types, nil, "table")
  if types and #types > 0 then
    L.fail("LimitTTLResponseAction: the types of records can't be chosen; nearest: without types, "
      .. "or QTypeRule for the type asked for")
  end
  return limit_ttl("LimitTTLResponseAction", min, max)
end

function SetMinTTLResponseAction(min)
  L.check("SetMinTTLResponseAction", 1, min, "number")
  return limit_ttl("SetMinTTLResponseAction", min)
end

local function max_ttl(f)
  return function(max)
    L.check(f, 1, max, "number")
    return limit_ttl(f, nil, L.integer(f, 1, max, 1, MAX_TTL))
  end
end

SetMaxTTLResponseAction = max_ttl("SetMaxTTLResponseAction")
SetMaxReturnedTTLResponseAction = max_ttl("SetMaxReturnedTTLResponseAction")

function ClearRecordTypesResponseAction(types)
  local f = "ClearRecordTypesResponseAction"
  L.check(f, 1, types, "number", "string", "table")
  local words = {}
  for i, value in ipairs(L.list(types)) do words[i] = L.qtype(f, 1, value) end
  if #words == 0 then L.fail(f .. " needs one type at least") end
  return action(RESPONSE, "clear record types", { ["remove-types"] = words })
end
