-- SPDX-License-Identifier: Apache-2.0
--
-- Pools, how they choose a server, and their caches.

local L = ...
local ipairs, pairs, type, tostring, setmetatable = ipairs, pairs, type, tostring, setmetatable

local pools = {}

----------------------------------------------------------------------------------- pools

local pool_methods = {}
local Pool = L.class("ServerPool", pool_methods, "cache policy", {
  setPolicy = "use setPoolServerPolicy(policy, pool)",
  getPolicy = "see `ctl upstreams`",
})

--- A name as rules have it; the translation turns it into one of the configuration.
function L.pool_name(name)
  pools[name] = pools[name] or setmetatable({ name = name, at = L.here() }, Pool)
  return name
end

local function pool(name)
  L.pool_name(name)
  return pools[name]
end

pool("")

function getPool(name)
  L.check("getPool", 1, name, "string")
  if not pools[name] then L.only_loading("getPool for a new pool") end
  return pool(name)
end

function getPoolNames() return L.sorted_keys(pools) end

function pool_methods:setCache(cache)
  L.only_loading("setCache")
  L.check("ServerPool:setCache", 1, cache, "PacketCache")
  self.cache = cache
end

function pool_methods:unsetCache()
  L.only_loading("unsetCache")
  self.cache = nil
end

function pool_methods:getCache() return self.cache end

function pool_methods:setECS(on)
  L.check("ServerPool:setECS", 1, on, "boolean")
  L.warn("ServerPool:setECS has no effect: rules with SetECSPrefixLengthAction say so here")
end

function pool_methods:getECS() return false end

function pool_methods:setZeroScope(on) L.check("ServerPool:setZeroScope", 1, on, "boolean") end

function pool_methods:toString() return self.name end

-------------------------------------------------------------------------------- policies

local policy_methods = {}
local Policy = L.class("ServerPolicy", policy_methods)

function policy_methods:toString() return self.name end

local function policy(name, word)
  _G[name] = setmetatable({ name = name, policy = word }, Policy)
end

policy("leastOutstanding", "least-outstanding")
policy("firstAvailable", "first-available")
policy("roundrobin", "round-robin")
policy("wrandom", "weighted-random")
policy("chashed", "consistent-hash")
policy("whashed", "consistent-hash")

local default_policy = leastOutstanding

local function checked_policy(f, n, value)
  L.only_loading(f)
  L.check(f, n, value, "ServerPolicy")
  if value == whashed then
    L.warn(f .. ": whashed becomes consistent hashing, which chashed is")
  end
  return value
end

function setServerPolicy(value) default_policy = checked_policy("setServerPolicy", 1, value) end

function setPoolServerPolicy(value, name)
  L.check("setPoolServerPolicy", 2, name, "string")
  pool(name).policy = checked_policy("setPoolServerPolicy", 1, value).policy
end

function showServerPolicy() return default_policy.name end

----------------------------------------------------------------------------------- caches

local cache_methods = {}
local Cache = L.class("PacketCache", cache_methods, nil, {
  getStats = "see the metrics of the cache",
  printStats = "see `ctl cache`",
  dump = "see `ctl cache`",
  expunge = "use `ctl cache purge`",
  expungeByName = "use `ctl cache purge NAME`",
  purgeExpired = "the cache removes expired answers by itself",
  isFull = "the cache is bounded in bytes and evicts",
  getAddressListByDomain = "answers can't be searched",
  getDomainListByAddress = "answers can't be searched",
})

function cache_methods:toString() return self.max_entries .. " entries at most" end

local NO_SHARDS = "the cache needs no shards"
local CACHE_OPTIONS = {
  maxTTL = true, minTTL = true, maxNegativeTTL = true, temporaryFailureTTL = true,
  staleTTL = true, keepStaleData = true, numberOfShards = NO_SHARDS,
  deferrableInsertLock = NO_SHARDS, dontAge = true, parseECS = true, cookieHashing = true,
  skipOptions = true, payloadRanks = true, truncatedTTL = true,
  maximumEntrySize = "answers of all sizes are stored", shuffle = "addresses keep their order",
}

--- Options whose other values than the default have no effect.
local CACHE_DEFAULTS = { dontAge = false, cookieHashing = false, truncatedTTL = 0 }

local caches = 0

local function positional(values)
  local names = { "maxTTL", "minTTL", "temporaryFailureTTL", "staleTTL", "dontAge",
    "numberOfShards", "deferrableInsertLock", "maxNegativeTTL", "parseECS" }
  local options = {}
  for i, name in ipairs(names) do options[name] = values[i] end
  return options
end

function newPacketCache(entries, first, ...)
  local f = "newPacketCache"
  L.only_loading(f)
  L.integer(f, 1, entries, 1, 2147483647)
  local options = first
  if type(first) ~= "table" then options = positional({ first, ... }) end
  L.warn_of_options(f, options, CACHE_OPTIONS)
  for _, key in ipairs(L.sorted_keys(CACHE_DEFAULTS)) do
    if options[key] ~= nil and options[key] ~= CACHE_DEFAULTS[key] then
      L.warn(f .. ": " .. key .. " = " .. tostring(options[key]) .. " is ignored")
    end
  end
  caches = caches + 1
  local function seconds(key, default, min, max)
    return L.integer_option(f, options, key, default, min, max)
  end
  return setmetatable(L.here({
    id = caches, max_entries = entries, max_ttl = seconds("maxTTL", 86400, 1, 604800),
    min_ttl = seconds("minTTL", 0, 0, 86400),
    max_negative_ttl = seconds("maxNegativeTTL", 3600, 0, 86400),
    failure_ttl = seconds("temporaryFailureTTL", 60, 0, 300),
    stale_ttl = seconds("staleTTL", 60, 0, 86400),
  }), Cache)
end

----------------------------------------------------------------------------------- the end

L.at_end(function()
  L.java.set_setting("policy", default_policy.policy)
  for _, name in ipairs(L.sorted_keys(pools)) do
    local one = pools[name]
    local cache
    if one.cache then
      cache = {}
      for key, value in pairs(one.cache) do cache[key] = value end
    end
    L.java.add_pool({ name = name, policy = one.policy, cache = cache })
  end
end)
