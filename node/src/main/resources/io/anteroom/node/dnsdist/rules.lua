-- SPDX-License-Identifier: Apache-2.0
--
-- Chains of rules. They become the configuration's when the file was loaded; until then they can be
-- changed as in dnsdist.

local L = ...
local ipairs, type, tostring, remove, insert = ipairs, type, tostring, table.remove, table.insert

local CHAINS = {}

--- The words after which an answer is there.
local HAS_ANSWER = { response = true, ["cache-hit"] = true, ["cache-inserted"] = true,
  ["self-answered"] = true }

local OPTIONS = { name = true, uuid = true }

--- Fails for a selector that looks at an answer where there is none.
local function check_match(f, match)
  for key, value in pairs(match) do
    if key == "rcode" then
      L.fail(f .. ": there is no response code in this chain; nearest: addResponseAction")
    elseif key == "any" or key == "all" then
      for _, inner in ipairs(value) do check_match(f, inner) end
    elseif key == "not" then
      check_match(f, value)
    end
  end
end

--- The types that a block asks for, if it has no others.
local function types_of(match)
  if match.type then return match.type end
  for _, inner in ipairs(match.all or {}) do
    if inner.type then return inner.type end
  end
end

--- An action for one type of the question, which the selector must name.
local function typed(f, rule, action)
  local types = rule.match and types_of(rule.match)
  if not types or #types ~= 1 then
    L.fail(f .. ": " .. action.text .. " needs a selector for one type of query; nearest: "
      .. "AndRule{.., QTypeRule(..)}")
  end
  local value = action.for_type(types[1])
  if not value then
    L.fail(f .. ": " .. action.text .. " for the type ANY needs the option typeForAny")
  end
  return value
end

local function new_rule(f, chain, selector, action, options)
  L.check(f, 2, action, chain.kind == "query" and "DNSAction" or "DNSResponseAction")
  options = L.optional(f, 3, options, {}, "table")
  L.warn_of_options(f, options, OPTIONS)
  local rule = L.here({ stage = chain.stage, kind = chain.kind, what = action.text })
  rule.name = L.option(f, options, "name", nil, "string")
  rule.uuid = L.option(f, options, "uuid", nil, "string")
  if rule.name == "" then rule.name = nil end
  rule.match = selector.match
  if action.within then
    rule.match = L.all_of({ selector.match or {}, action.within })
  end
  if rule.match and not HAS_ANSWER[chain.stage] then check_match(f, rule.match) end
  rule.code, rule.action = action.code, action.action
  if action.for_type then rule.action = typed(f, rule, action) end
  if action.ends then rule.action = L.ending(rule.action) end
  return rule
end

--- Where a rule is, by its position from 0, its name or its UUID.
local function find(f, chain, selector)
  L.check(f, 1, selector, "number", "string")
  for i, rule in ipairs(chain.rules) do
    if i - 1 == selector or rule.name == selector or rule.uuid == selector then return i end
  end
  L.fail(f .. ": there is no rule " .. tostring(selector))
end

local function define(chain, names)
  local rules = chain.rules
  _G[names.add] = function(selector, action, options)
    L.only_loading(names.add)
    rules[#rules + 1] =
      new_rule(names.add, chain, L.selector(names.add, selector), action, options)
  end
  _G[names.clear] = function()
    L.only_loading(names.clear)
    chain.rules = {}
    rules = chain.rules
  end
  _G[names.remove] = function(selector)
    L.only_loading(names.remove)
    remove(rules, find(names.remove, chain, selector))
  end
  _G[names.top] = function()
    L.only_loading(names.top)
    insert(rules, 1, remove(rules))
  end
  _G[names.move] = function(from, to)
    L.only_loading(names.move)
    L.integer(names.move, 1, from, 0, #rules - 1)
    L.integer(names.move, 2, to, 0, #rules)
    local rule = remove(rules, from + 1)
    insert(rules, to > from and to or to + 1, rule)
  end
end

local function chain(stage, kind, names)
  local made = { stage = stage, kind = kind, rules = {} }
  CHAINS[#CHAINS + 1] = made
  define(made, names)
end

local function response_chain(stage, word)
  chain(stage, "response", {
    add = "add" .. word .. "Action", clear = "clear" .. word .. "Rules",
    remove = "rm" .. word .. "Rule", top = "mv" .. word .. "RuleToTop",
    move = "mv" .. word .. "Rule",
  })
end

chain("query", "query", { add = "addAction", clear = "clearRules", remove = "rmRule",
  top = "mvRuleToTop", move = "mvRule" })
chain("cache-miss", "query", { add = "addCacheMissAction", clear = "clearCacheMissRules",
  remove = "rmCacheMissRule", top = "mvCacheMissRuleToTop", move = "mvCacheMissRule" })
response_chain("response", "Response")
response_chain("cache-hit", "CacheHitResponse")
response_chain("cache-inserted", "CacheInsertedResponse")
response_chain("self-answered", "SelfAnsweredResponse")

L.at_end(function()
  for _, made in ipairs(CHAINS) do
    for _, rule in ipairs(made.rules) do
      L.java.add_rule({
        file = rule.file, line = rule.line, stage = rule.stage, kind = rule.kind,
        what = rule.what, name = rule.name, match = L.sent_match(rule.match),
        action = rule.action,
      }, rule.code)
    end
  end
end)
