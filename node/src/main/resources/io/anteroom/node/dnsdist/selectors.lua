-- SPDX-License-Identifier: Apache-2.0
--
-- Selectors. Each has the block `match` of a rule of the configuration, or matches all queries. The
-- keys of a block must all match, so blocks can be put together.

local L = ...
local pairs, ipairs, type, tostring = pairs, ipairs, type, tostring
local setmetatable, byte, find = setmetatable, string.byte, string.find

local methods = {}
local Rule = L.class("DNSRule", methods, "match", {
  matches = "the selector is carried out outside of Lua",
  setMatches = "counters of rules are among the metrics",
})

function methods.toString(self) return self.text end

--- A selector with this block; `text` is for people.
local function rule(text, match)
  return setmetatable({ text = text, match = match }, Rule)
end

local ALWAYS = { probability = 1 }

--- A block that can stand in a list of blocks.
local function block(selector)
  return selector.match or ALWAYS
end

--- Keys that count what they see, and are asked last in their block.
local COUNTS = { ["client-rate"] = true, ["name-rate"] = true, rate = true, probability = true }

--- Whether the keys of `more` can be added to `to`, after which they are asked.
local function fits(to, more)
  for key in pairs(to) do
    if COUNTS[key] or more[key] then return false end
  end
  return true
end

--- One block or several of which all must match, in this order.
local function all_of(blocks)
  local merged = {}
  for _, match in ipairs(blocks) do
    local last = merged[#merged]
    if last and fits(last, match) then
      for key, value in pairs(match) do last[key] = value end
    else
      local copy = {}
      for key, value in pairs(match) do copy[key] = value end
      merged[#merged + 1] = copy
    end
  end
  if #merged == 0 then return nil end
  return #merged == 1 and merged[1] or { all = merged }
end
L.all_of = all_of

--- What blocks within this block are to Java: numbers.
local function sent(match)
  local copy = {}
  for key, value in pairs(match) do
    if key == "any" or key == "all" then
      local numbers = {}
      for i, inner in ipairs(value) do numbers[i] = sent(inner) end
      value = numbers
    elseif key == "not" then
      value = sent(value)
    end
    copy[key] = value
  end
  return L.java.add_block(copy)
end

function L.sent_match(match) return match and sent(match) or "all" end

-------------------------------------------------------------------------------- together

function AllRule() return rule("All", nil) end

local function selectors(f, list)
  L.check(f, 1, list, "table")
  for i, selector in ipairs(list) do L.check(f, i, selector, "DNSRule") end
  if #list == 0 then L.fail(f .. " needs one selector at least") end
  return list
end

function AndRule(list)
  local blocks = {}
  for _, selector in ipairs(selectors("AndRule", list)) do
    if selector.match then blocks[#blocks + 1] = selector.match end
  end
  return rule("and", all_of(blocks))
end

function OrRule(list)
  local blocks = {}
  for i, selector in ipairs(selectors("OrRule", list)) do
    if not selector.match then return rule("or", nil) end
    blocks[i] = selector.match
  end
  return rule("or", #blocks == 1 and blocks[1] or { any = blocks })
end

function NotRule(selector)
  L.check("NotRule", 1, selector, "DNSRule")
  return rule("not " .. selector.text, { ["not"] = block(selector) })
end

----------------------------------------------------------------------------------- names

--- The names of a set, sent to Java once, as a selector may be in several rules.
local function names(key, f, value, class)
  local list = L.names(f, value, class)
  if #list == 0 then
    L.warn(f .. ": the set is empty, so no query matches; names that are added later don't count")
  end
  return rule(key, { [key] = L.sent(list) })
end

function SuffixMatchNodeRule(value)
  L.check("SuffixMatchNodeRule", 1, value, "string", "table", "DNSName", "SuffixMatchNode")
  return names("suffix", "SuffixMatchNodeRule", value, "SuffixMatchNode")
end

function QNameSuffixRule(value)
  L.check("QNameSuffixRule", 1, value, "string", "table", "DNSName", "SuffixMatchNode")
  return names("suffix", "QNameSuffixRule", value, "SuffixMatchNode")
end

function QNameSetRule(set)
  L.check("QNameSetRule", 1, set, "DNSNameSet", "string", "table", "DNSName")
  return names("name", "QNameSetRule", set, "DNSNameSet")
end

function QNameRule(name)
  return rule("qname", { name = { L.names("QNameRule", name)[1] } })
end

local function expression(f, text, whole)
  L.check(f, 1, text, "string")
  local regex = whole and "(?i)^(?:" .. text .. ")$" or "(?i)" .. text
  local why = L.java.regex(regex)
  if why then L.fail("bad argument #1 to '" .. f .. "' (" .. why .. ")") end
  return rule("regex " .. text, { regex = { regex } })
end

--- It is found anywhere in the name.
function RegexRule(text) return expression("RegexRule", text, false) end

--- The whole name must match, as dnsdist has it.
function RE2Rule(text) return expression("RE2Rule", text, true) end

--- A selector for names of which a part does not occur min to max times. An escaped dot counts as
--- one between labels, and an escaped byte as the characters that it is written with.
local function outside(f, part, more, min, max)
  local inside = "^" .. part .. "(?:" .. more .. "){" .. min - 1 .. "," .. max - 1 .. "}$"
  local why = L.java.regex(inside)
  if why then L.fail(f .. ": " .. inside .. " " .. why) end
  return rule(f, { ["not"] = { regex = { inside } } })
end

--- Names with fewer or more labels; the root, which has none, is not among those with fewer.
function QNameLabelsCountRule(min, max)
  local f = "QNameLabelsCountRule"
  L.integer(f, 1, min, 0, 127)
  L.integer(f, 2, max, math.max(min, 1), 127)
  return outside(f, "[^.]+", "[.][^.]+", math.max(min, 1), max)
end

--- Names with fewer or more bytes, of which there is one before each label, and one at the end.
function QNameWireLengthRule(min, max)
  local f = "QNameWireLengthRule"
  L.integer(f, 1, min, 0, 255)
  L.integer(f, 2, max, math.max(min, 3), 255)
  return outside(f, ".", ".", math.max(min, 3) - 2, max - 2)
end

--- A query with another number of questions than one gets no further than the listener.
function RecordsCountRule(section, min, max)
  local f = "RecordsCountRule"
  L.integer(f, 1, section, 0, 3)
  L.integer(f, 2, min, 0, 65535)
  L.integer(f, 3, max, 0, 65535)
  if section ~= 0 then
    L.fail(f .. ": only questions can be counted; nearest: LuaAction")
  end
  if min <= 1 and max >= 1 then return AllRule() end
  return NotRule(AllRule())
end

------------------------------------------------------------------------------ the question

--- The word for a type: a number, or its name.
function L.qtype(f, n, value)
  L.check(f, n, value, "number", "string")
  local word = L.java.qtype(tostring(value))
  if not word then
    L.fail("bad argument #" .. n .. " to '" .. f .. "' (\"" .. tostring(value)
      .. "\" is no DNS type)")
  end
  return word
end

function QTypeRule(value)
  return rule("qtype", { type = { L.qtype("QTypeRule", 1, value) } })
end

local CLASSES = { [1] = "IN", [3] = "CH", [4] = "HS", [254] = "NONE", [255] = "ANY" }

function QClassRule(value)
  L.integer("QClassRule", 1, value, 0, 65535)
  return rule("qclass", { class = { CLASSES[value] or "CLASS" .. value } })
end

local OPCODES = { [0] = "query", "iquery", "status", nil, "notify", "update" }

function OpcodeRule(value)
  L.integer("OpcodeRule", 1, value, 0, 15)
  if not OPCODES[value] then return NotRule(AllRule()) end
  return rule("opcode", { opcode = { OPCODES[value] } })
end

function RDRule() return rule("rd", { rd = true }) end

function DNSSECRule() return rule("dnssec", { ["do"] = true }) end

function EDNSOptionRule(code)
  L.integer("EDNSOptionRule", 1, code, 0, 65535)
  return rule("edns option", { ["edns-option"] = { tostring(code) } })
end

------------------------------------------------------------------------- client and transport

function NetmaskGroupRule(group, source, quiet)
  L.check("NetmaskGroupRule", 1, group, "string", "table", "NetmaskGroup", "Netmask")
  if source == false then
    L.fail("NetmaskGroupRule: destination addresses can't be matched; nearest: the first argument "
      .. "of addAction with the client's networks, or a listener for each address")
  end
  L.optional("NetmaskGroupRule", 2, source, nil, "boolean")
  L.optional("NetmaskGroupRule", 3, quiet, nil, "boolean")
  return rule("client", L.client_match(L.networks("NetmaskGroupRule", group)))
end

function TCPRule(over)
  L.check("TCPRule", 1, over, "boolean")
  local udp = { transport = { "udp" } }
  return rule("tcp", over and { ["not"] = udp } or udp)
end

function SNIRule(name)
  return rule("sni", { sni = { L.check("SNIRule", 1, name, "string") } })
end

function HTTPPathRule(path)
  return rule("path", { ["http-path"] = { L.check("HTTPPathRule", 1, path, "string") } })
end

----------------------------------------------------------------------------------- rates

function MaxQPSRule(qps, burst)
  L.integer("MaxQPSRule", 1, qps, 1, 1000000)
  burst = L.integer("MaxQPSRule", 2, burst, 1, 1000000, qps)
  return rule("max qps", { ["not"] = { rate = { above = qps, burst = burst } } })
end

--- The selector for queries above a rate of all clients together.
function L.above(qps) return { rate = { above = qps, burst = qps } } end

function MaxQPSIPRule(qps, v4, v6, burst, expiration, cleanup, fraction, shards)
  local f = "MaxQPSIPRule"
  L.integer(f, 1, qps, 1, 1000000)
  v4 = L.integer(f, 2, v4, 1, 32, 32)
  v6 = L.integer(f, 3, v6, 1, 128, 64)
  burst = L.integer(f, 4, burst, 1, 1000000, qps)
  for i, value in pairs({ [5] = expiration, [6] = cleanup, [7] = fraction, [8] = shards }) do
    L.check(f, i, value, "number")
  end
  return rule("max qps of a client", {
    ["client-rate"] = {
      above = qps, burst = burst, ["ipv4-prefix"] = v4, ["ipv6-prefix"] = v6,
    },
  })
end

function ProbaRule(probability)
  L.check("ProbaRule", 1, probability, "number")
  if not (probability >= 0 and probability <= 1) then
    L.fail("bad argument #1 to 'ProbaRule' (0 to 1 expected)")
  end
  return rule("proba", { probability = probability })
end

----------------------------------------------------------------------------- tags, answers

--- A tag as rules have it.
function L.tag(f, name, value)
  L.check(f, 1, name, "string")
  L.optional(f, 2, value, nil, "string", "number")
  if name == "" or string.find(name, "=", 1, true) then
    L.fail("bad argument #1 to '" .. f .. "' (the name of a tag has no = and is not empty)")
  end
  return value == nil and name or name .. "=" .. tostring(value)
end

function TagRule(name, value)
  return rule("tag", { tag = { L.tag("TagRule", name, value) } })
end

local function rcode(f, value)
  L.integer(f, 1, value, 0, 4095)
  return rule("rcode", { rcode = { tostring(value) } })
end

function RCodeRule(value) return rcode("RCodeRule", value) end

function ERCodeRule(value) return rcode("ERCodeRule", value) end

function PoolAvailableRule(name)
  L.check("PoolAvailableRule", 1, name, "string")
  return rule("pool", { ["pool-usable"] = { L.pool_name(name) } })
end

----------------------------------------------------------------------------- in addAction

--- Whether text is a network, and no name. Only text that begins like one is asked about.
local function is_network(text)
  if type(text) ~= "string" then return false end
  local first = byte(text, 1) or 0
  local like_one = first >= 48 and first <= 57 or find(text, ":", 1, true)
  return like_one and type(L.java.network(text)) == "table"
end

--- Whether the elements of a list are networks; a list of both is an error. (dnsdist forgets the
--- names of such a list.)
local function are_networks(f, list)
  local networks = 0
  for _, element in ipairs(list) do
    if L.kind(element) == "DNSRule" then
      L.fail("bad argument #1 to '" .. f .. "' (a list of selectors needs AndRule or OrRule)")
    elseif is_network(element) then
      networks = networks + 1
    end
  end
  if #list == 0 then
    L.fail("bad argument #1 to '" .. f .. "' (the list is empty)")
  elseif networks > 0 and networks < #list then
    L.fail("bad argument #1 to '" .. f .. "' (the list has names and networks)")
  end
  return networks > 0
end

--- The selector in the first argument of addAction and its like: a selector, a name, a network, or
--- a list of names or of networks.
function L.selector(f, value)
  local kind = L.kind(value)
  if kind == "DNSRule" then return value end
  L.check(f, 1, value, "DNSRule", "string", "table", "DNSName", "SuffixMatchNode", "NetmaskGroup")
  if kind == "NetmaskGroup" then
    return NetmaskGroupRule(value)
  elseif kind ~= "SuffixMatchNode" and are_networks(f, L.list(value)) then
    return rule("client", L.client_match(L.networks(f, value)))
  end
  return names("suffix", f, value, "SuffixMatchNode")
end

--- makeRule(..) makes a selector of a name, a network, or a list.
function makeRule(value) return L.selector("makeRule", value) end
