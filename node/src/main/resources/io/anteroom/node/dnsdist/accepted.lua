-- SPDX-License-Identifier: Apache-2.0
--
-- Settings of dnsdist that mean something else here or nothing. They are accepted, so that a file
-- loads as it is; where the difference matters, a warning says so.

local L = ...
local ipairs, pairs = ipairs, pairs

--- What tunes threads, pipes, rings and pools that are not here: nothing is lost.
local SILENT = [[
  setMaxUDPOutstanding setMaxTCPClientThreads setMaxTCPQueuedConnections setTCPUseSinglePipe
  setTCPInternalPipeBufferSize setTCPDownstreamCleanupInterval setTCPDownstreamMaxIdleTime
  setDoHDownstreamCleanupInterval setDoHDownstreamMaxIdleTime setOutgoingDoHWorkerThreads
  setMaxCachedTCPConnectionsPerDownstream setMaxCachedDoHConnectionsPerDownstream
  setMaxIdleTCPConnectionsPerDownstream setMaxIdleDoHConnectionsPerDownstream
  setUDPMultipleMessagesVectorSize setRandomizedOutgoingSockets setRandomizedIdsOverUDP
  setRingBuffersSize setRingBuffersOptions setRingBuffersLockRetries setCacheCleaningDelay
  setCacheCleaningPercentage setVerboseHealthChecks setSyslogFacility setStructuredLogging
  setConsoleMaximumConcurrentConnections setConsoleConnectionsLogging setConsoleOutputMaxMsgSize
  setSecurityPollSuffix setSecurityPollInterval setAllowEmptyResponse setDropEmptyQueries
  setServFailWhenNoServer setRoundRobinFailOnNoServer setWHashedPertubation
  setWHashedPerturbation setWeightedBalancingFactor addCapabilitiesToRetain
  enableLuaConfiguration setServerID setTCPFastOpenKey setAddEDNSToSelfGeneratedResponses
  setPayloadSizeOnSelfGeneratedAnswers truncateTC fixupCase setProxyProtocolMaximumPayloadSize
  setOutgoingTLSSessionsCacheMaxTicketsPerBackend
  setOutgoingTLSSessionsCacheCleanupDelay setOutgoingTLSSessionsCacheMaxTicketValidity
  setMaxTCPReadIOsPerQuery setBanDurationForExceedingMaxReadIOsPerQuery
  setMaxTLSResumedSessionsRatePerClient setMaxTLSNewSessionsRatePerClient
  setTCPConnectionsOverloadThreshold setBanDurationForExceedingTCPTLSRate
  setTCPConnectionsMaskV4 setTCPConnectionsMaskV6 setTCPConnectionsMaskV4Port
  showACL showBinds showBinaryRules showRules showResponseRules showServers showPools showVersion
  showCacheHitResponseRules showCacheInsertedResponseRules showSelfAnsweredResponseRules
  showCacheMissRules showDynBlocks showConsoleACL showWebserverConfig showTCPStats showSecurityStatus
]]

for name in string.gmatch(SILENT, "%S+") do
  _G[name] = function() end
end

local CONSOLE = "there is no console; use `anteroom ctl`, which needs the block admin"
local WEB = "statistics and the API are those of the block admin: /metrics, and `anteroom ctl`"
local LISTENER = "the listener's own limits apply: idle-timeout, max-pipelined, "
  .. "max-connections-per-client"

local WITH_WARNING = {
  setKey = CONSOLE, setConsoleACL = CONSOLE, addConsoleACL = CONSOLE,
  setWebserverConfig = WEB, setAPIWritable = WEB, carbonServer = WEB,
  registerWebHandler = WEB, snmpAgent = WEB, setQueryCount = WEB, setQueryCountFilter = WEB,
  declareMetric = WEB, setOpenTelemetryTracing = "use `anteroom ctl trace`",
  setVerboseLogDestination = "all lines go to the log of the node",
  setMaxTCPQueriesPerConnection = LISTENER, setMaxTCPConnectionDuration = LISTENER,
  setMaxTCPConnectionsPerClient = LISTENER, setMaxTCPConnectionsRatePerClient = LISTENER,
  setTCPRecvTimeout = LISTENER, setTCPSendTimeout = LISTENER,
  setUDPSocketBufferSizes = "receive-buffer of a listener is 4 MiB",
  setECSOverride = "a client's own subnet is never replaced",
}

for name, why in pairs(WITH_WARNING) do
  _G[name] = function() L.warn(name .. " has no effect: " .. why) end
end

------------------------------------------------------------------------ those that count here

--- The node's HTTP interface for operators is where the file has one of these.
local function operators(name, key, port, text)
  _G[name] = function(address)
    L.only_loading(name)
    L.check(name, 1, address, "string")
    local at = L.here()
    L.settings[key] = L.socket_address(name, 1, address, port)
    L.settings[key .. "-place"] = at.file .. ":" .. at.line
    L.warn(name .. text)
  end
end

operators("webserver", "webserver", 8083, ": this address has /metrics, /health and what "
  .. "`anteroom ctl` needs, but no dashboard; instead of password and API key there is a token")
operators("controlSocket", "control-socket", 5199, ": there is no console; `anteroom ctl` uses the "
  .. "address of webserver(), or this one if there is none")

local function setting(name, key, min, max)
  _G[name] = function(value)
    L.only_loading(name)
    L.settings[key] = L.integer(name, 1, value, min, max)
  end
end

setting("setUDPTimeout", "udp-timeout", 0, 60)
setting("setStaleCacheEntriesTTL", "stale-ttl", 0, 604800)
setting("setECSSourcePrefixV4", "ecs-ipv4", 0, 32)
setting("setECSSourcePrefixV6", "ecs-ipv6", 0, 128)

function setConsistentHashingBalancingFactor(factor)
  L.only_loading("setConsistentHashingBalancingFactor")
  L.settings["load-factor"] = L.check("setConsistentHashingBalancingFactor", 1, factor, "number")
end

--- What a password in the file would be compared with; there are tokens instead.
function hashPassword(password)
  L.check("hashPassword", 1, password, "string")
  return ""
end

--- The name servers in a file such as /etc/resolv.conf.
function getResolvers(path)
  L.check("getResolvers", 1, path, "string")
  local found = {}
  for _, line in ipairs(L.lines("getResolvers", path)) do
    local address = string.match(line, "^%s*nameserver%s+(%S+)")
    if address then found[#found + 1] = address end
  end
  return found
end

L.at_end(function()
  if L.verbose then L.settings.verbose = true end
  for key, value in pairs(L.settings) do L.java.set_setting(key, value) end
end)
