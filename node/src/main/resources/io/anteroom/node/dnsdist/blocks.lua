-- SPDX-License-Identifier: Apache-2.0
--
-- Dynamic blocks. A group of rules becomes rules of `blocks`, which count by themselves, so its
-- apply() has nothing left to do.

local L = ...
local ipairs, tostring, setmetatable = ipairs, tostring, setmetatable

local groups = {}
local default_action = DNSAction.Drop

local ACTIONS = {
  [DNSAction.Drop] = "drop", [DNSAction.Refused] = "refuse", [DNSAction.NXDomain] = "nxdomain",
  [DNSAction.Truncate] = "truncate",
}

local NEAREST = "nearest: setQueryRate, setRCodeRate, setRCodeRatio, or a rule with MaxQPSIPRule"

local methods = {}
local Group = L.class("DynBlockRulesGroup", methods, nil, {
  setQTypeRate = "nearest: addAction(AndRule{QTypeRule(..), MaxQPSIPRule(..)}, DropAction())",
  setResponseByteRate = NEAREST, setCacheMissRatio = NEAREST, setSuffixMatchRule = NEAREST,
  setSuffixMatchRuleFFI = NEAREST,
  setNewBlockInsertedHook = "blocks are in the log and in `ctl blocks`",
  includeRange = "only excludeRange is there: all other clients are counted",
  removeRange = "leave the range out of excludeRange",
})

function dynBlockRulesGroup()
  L.only_loading("dynBlockRulesGroup")
  local group = setmetatable({ rules = {}, excluded = newNMG(), v4 = 32, v6 = 128 }, Group)
  groups[#groups + 1] = group
  return group
end

DynBlockRulesGroup = dynBlockRulesGroup

local function word(f, action, options)
  if action == nil or action == DNSAction.None then action = default_action end
  L.check(f, 5, action, "number")
  if action == DNSAction.SetTag then
    local name = L.option(f, options, "tagName", "", "string")
    return "set-tag " .. L.tag(f, name, L.option(f, options, "tagValue", "", "string"))
  end
  if not ACTIONS[action] then
    L.fail(f .. ": blocked clients can't get action " .. tostring(action)
      .. "; nearest: DNSAction.Drop, Refused, NXDomain, Truncate, SetTag")
  end
  return ACTIONS[action]
end

local function add(group, f, measure, limits, seconds, reason, duration, action, options)
  L.only_loading(f)
  L.integer(f, 2, seconds, 1, 600)
  L.check(f, 3, reason, "string")
  L.integer(f, 4, duration, 1, 86400)
  options = L.optional(f, 7, options, {}, "table")
  L.warn_of_options(f, options, { tagName = true, tagValue = true })
  local rule = {
    name = reason, window = seconds .. "s", ["for"] = duration .. "s",
    action = word(f, action, options),
  }
  rule[measure] = limits
  group.rules[#group.rules + 1] = rule
end

local function rate_limits(f, rate, warn)
  L.integer(f, 1, rate, 1, 10000000)
  local limits = { above = rate }
  if L.optional(f, 6, warn, 0, "number") ~= 0 and warn then limits["warn-above"] = warn end
  return limits
end

function methods:setQueryRate(rate, seconds, reason, duration, action, warn, options)
  local f = "DynBlockRulesGroup:setQueryRate"
  add(self, f, "query-rate", rate_limits(f, rate, warn), seconds, reason, duration, action, options)
end

function methods:setRCodeRate(rcode, rate, seconds, reason, duration, action, warn, options)
  local f = "DynBlockRulesGroup:setRCodeRate"
  L.integer(f, 1, rcode, 0, 4095)
  local limits = rate_limits(f, rate, warn)
  limits.rcodes = { tostring(rcode) }
  add(self, f, "rcode-rate", limits, seconds, reason, duration, action, options)
end

function methods:setRCodeRatio(rcode, ratio, seconds, reason, duration, least, action, warn, options)
  local f = "DynBlockRulesGroup:setRCodeRatio"
  L.integer(f, 1, rcode, 0, 4095)
  L.check(f, 2, ratio, "number")
  L.integer(f, 6, least, 1, 1000000)
  local limits = { above = ratio, ["at-least"] = least, rcodes = { tostring(rcode) } }
  if L.optional(f, 8, warn, 0, "number") ~= 0 and warn then limits["warn-above"] = warn end
  add(self, f, "rcode-ratio", limits, seconds, reason, duration, action, options)
end

function methods:setMasks(v4, v6, port)
  local f = "DynBlockRulesGroup:setMasks"
  self.v4, self.v6 = L.integer(f, 1, v4, 1, 32), L.integer(f, 2, v6, 1, 128)
  if L.optional(f, 3, port, 0, "number") ~= 0 and port then
    L.warn(f .. ": ports are not looked at, so a block is for the whole address")
  end
end

function methods:excludeRange(masks)
  L.check("DynBlockRulesGroup:excludeRange", 1, masks, "string", "table", "NetmaskGroup")
  self.excluded:addNMG(L.networks("DynBlockRulesGroup:excludeRange", masks))
end

function methods:setQuiet(quiet) L.check("DynBlockRulesGroup:setQuiet", 1, quiet, "boolean") end

function methods:excludeDomains(domains)
  L.names("DynBlockRulesGroup:excludeDomains", domains, "SuffixMatchNode")
end

function methods:apply() end

function methods:toString() return #self.rules .. " rules" end

function setDynBlocksAction(action)
  L.only_loading("setDynBlocksAction")
  word("setDynBlocksAction", L.check("setDynBlocksAction", 1, action, "number"), {})
  default_action = action
end

function setDynBlocksPurgeInterval(seconds)
  L.check("setDynBlocksPurgeInterval", 1, seconds, "number")
end

--- Networks that are excluded by one group are excluded by all here.
local function exclude()
  local all, differ = newNMG(), false
  for _, group in ipairs(groups) do
    all:addNMG(group.excluded)
    differ = differ or group:toString() ~= "0 rules"
      and group.excluded:toString() ~= groups[1].excluded:toString()
  end
  if differ then
    L.java.warn("", 0, "the groups of dynamic blocks exclude different networks; here all of them "
      .. "are excluded from all groups")
  end
  for _, text in ipairs(all:masks()) do L.java.add_exclusion(text) end
end

L.at_end(function()
  exclude()
  local names = {}
  for _, group in ipairs(groups) do
    for _, rule in ipairs(group.rules) do
      rule["ipv4-prefix"], rule["ipv6-prefix"] = group.v4, group.v6
      local name = rule.name == "" and "blocked" or rule.name
      names[name] = (names[name] or 0) + 1
      rule.name = names[name] == 1 and name or name .. " " .. names[name]
      L.java.add_dynamic_block(rule)
    end
  end
end)
