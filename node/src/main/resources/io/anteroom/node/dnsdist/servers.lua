-- SPDX-License-Identifier: Apache-2.0
--
-- Servers.

local L = ...
local ipairs, pairs, type, tostring, setmetatable = ipairs, pairs, type, tostring, setmetatable
local remove, insert, floor = table.remove, table.insert, math.floor

local servers = {}

local server_methods = {}
local Server = L.class("Server", server_methods, "id tls source", {
  getLatency = "see `ctl upstreams`", getDrops = "see the metrics", getQueries = "see the metrics",
  getOutstanding = "see the metrics", isUp = "see `ctl upstreams`",
})

local TLS = "the TLS library of Java decides"
local PROXY = "servers are sent no headers of the PROXY protocol"
local LAZY = "a server is tried again after server-failover.retry-delay"
local TCP = "connections are kept and limited by the pool"

--- All options of dnsdist: true for those that work, or why they don't.
local SERVER_OPTIONS = {
  address = true, id = true, name = true, order = true, weight = true, pool = true,
  udpTimeout = true, source = true, sockets = true, tcpOnly = true, tls = true,
  subjectName = true, caStore = true, validateCertificates = true, checkName = true,
  checkType = true, checkTimeout = true, checkInterval = true, maxCheckFailures = true,
  mustResolve = true, healthCheckMode = true, useClientSubnet = true, reconnectOnUp = true,
  ipBindAddrNoPort = true, rise = "one answer is enough", setCD = true, checkTCP = TCP,
  qps = "servers have no limit of queries per second; nearest: QPSPoolAction",
  retries = TCP, tcpConnectTimeout = TCP, tcpSendTimeout = TCP, tcpRecvTimeout = TCP,
  tcpFastOpen = TCP, maxInFlight = "queries are always pipelined",
  maxConcurrentTCPConnections = TCP, checkClass = "checks ask in the class IN",
  checkFunction = "checks ask for checkName", disableZeroScope = "answers are cached by network",
  useProxyProtocol = PROXY, proxyProtocolAdvertiseTLS = PROXY,
  ciphers = TLS, ciphersTLS13 = TLS, releaseBuffers = TLS, enableRenegotiation = TLS,
  ktls = TLS, keyLogFile = TLS, dscp = "packets are not marked",
  addXForwardedHeaders = "servers are not told of clients in HTTP", autoUpgrade = "use tls",
  autoUpgradeInterval = "use tls", autoUpgradeKeep = "use tls", autoUpgradePool = "use tls",
  autoUpgradeDoHKey = "use tls", lazyHealthCheckFailedInterval = LAZY,
  lazyHealthCheckMinSampleCount = LAZY, lazyHealthCheckMode = LAZY,
  lazyHealthCheckSampleSize = LAZY, lazyHealthCheckThreshold = LAZY,
  lazyHealthCheckUseExponentialBackOff = LAZY, lazyHealthCheckMaxBackOff = LAZY,
  lazyHealthCheckWhenUpgraded = LAZY, xskSockets = "AF_XDP is not supported",
  MACAddr = "AF_XDP is not supported",
  dohPath = true, subjectAddr = true,
}

local MODES = { auto = "auto", active = "auto", lazy = "lazy", up = "up", down = "down" }

local F = "newServer"

--- The name that the certificate must have, or the address.
local function subject_of(options)
  local name = L.option(F, options, "subjectName", "", "string")
  local address = L.option(F, options, "subjectAddr", "", "string")
  if name ~= "" or address == "" then return name end
  if type(L.java.network(address)) == "string" or string.find(address, "/", 1, true) then
    L.fail("newServer: subjectAddr must be an IP address, not \"" .. address .. "\"")
  end
  return address
end

local function tls(options)
  local provider = L.option(F, options, "tls", "", "string")
  local path = L.option(F, options, "dohPath", "", "string")
  if provider == "" then
    if path ~= "" then
      L.fail("newServer: over HTTP without TLS is not supported; add tls = \"openssl\"")
    end
    return nil
  end
  local ca_store = L.option(F, options, "caStore", "", "string")
  return {
    subject = subject_of(options), doh_path = path,
    ca_store = ca_store == "" and "" or L.java.find_file(ca_store) or ca_store,
    validate = L.option(F, options, "validateCertificates", true, "boolean"),
  }
end

local function port_of(secure)
  if not secure then return 53 end
  return secure.doh_path == "" and 853 or 443
end

local function check_of(options)
  local mode = L.option(F, options, "healthCheckMode", "auto", "string")
  if not MODES[string.lower(mode)] then
    L.fail("newServer: healthCheckMode is auto, active, lazy, up or down, not \"" .. mode .. "\"")
  end
  return {
    mode = MODES[string.lower(mode)],
    name = L.names(F, options.checkName or "a.root-servers.net.")[1],
    type = L.qtype(F, 1, options.checkType or "A"),
    interval = L.integer_option(F, options, "checkInterval", 1, 1, 3600),
    timeout = L.integer_option(F, options, "checkTimeout", 1000, 1, 60000),
    failures = L.integer_option(F, options, "maxCheckFailures", 1, 1, 1000),
    must_resolve = L.option(F, options, "mustResolve", false, "boolean"),
  }
end

local function source_of(options)
  local source = L.option(F, options, "source", nil, "string")
  if not source then return nil end
  local net = L.java.network(string.match(source, "^[^@]*"))
  if type(net) == "string" or string.find(source, "@", 1, true) then
    L.warn("newServer: source takes an address here, no interface; \"" .. source
      .. "\" is ignored")
    return nil
  end
  return net.address
end

local function pools_of(options)
  local names = L.option(F, options, "pool", "", "string", "table")
  local list = {}
  for i, name in ipairs(L.list(names)) do
    if type(name) ~= "string" then L.fail("newServer: pool must be text or a list of text") end
    L.pool_name(name)
    list[i] = name
  end
  if #list == 0 then list[1] = "" end
  return list
end

local function server(options)
  L.warn_of_options(F, options, SERVER_OPTIONS)
  if L.option(F, options, "setCD", false, "boolean") then
    L.warn("newServer: setCD is ignored: checks don't set this bit")
  end
  local secure = tls(options)
  local address = L.option(F, options, "address", nil, "string", "ComboAddress")
  if not address then L.fail("newServer needs an address") end
  return L.here({
    address = L.socket_address(F, 1, tostring(address), port_of(secure)),
    id = L.option(F, options, "id", nil, "string"), name = L.option(F, options, "name", "", "string"),
    weight = L.integer_option(F, options, "weight", 1, 1, 2147483647),
    order = L.integer_option(F, options, "order", 1, -2147483648, 2147483647),
    pools = pools_of(options), tls = secure, source = source_of(options),
    tcp_only = L.option(F, options, "tcpOnly", false, "boolean"),
    sockets = L.integer_option(F, options, "sockets", 0, 0, 65535),
    udp_timeout = L.integer_option(F, options, "udpTimeout", 0, 0, 255),
    client_subnet = L.option(F, options, "useClientSubnet", false, "boolean"),
    check = check_of(options),
  })
end

function newServer(options, qps)
  L.only_loading(F)
  L.check(F, 1, options, "string", "table")
  if type(options) == "string" then options = { address = options, qps = qps } end
  local made = setmetatable(server(options), Server)
  servers[#servers + 1] = made
  return made
end

local function find(f, selector)
  if L.kind(selector) == "Server" then
    for i, candidate in ipairs(servers) do
      if candidate == selector then return i end
    end
  end
  L.check(f, 1, selector, "number", "string", "Server")
  for i, candidate in ipairs(servers) do
    if i - 1 == selector or (candidate.id and candidate.id == selector) then return i end
  end
end

function getServer(selector) return servers[find("getServer", selector) or 0] end

function getServers()
  local copy = {}
  for i, candidate in ipairs(servers) do copy[i] = candidate end
  return copy
end

local function is_in(candidate, name)
  for _, of_it in ipairs(candidate.pools) do
    if of_it == name then return true end
  end
  return false
end

function getPoolServers(name)
  L.check("getPoolServers", 1, name, "string")
  local found = {}
  for _, candidate in ipairs(servers) do
    if is_in(candidate, name) then found[#found + 1] = candidate end
  end
  return found
end

function rmServer(selector)
  L.only_loading("rmServer")
  local i = find("rmServer", selector)
  if not i then L.fail("rmServer: there is no server " .. tostring(selector)) end
  remove(servers, i)
end

function server_methods:addPool(name)
  L.only_loading("Server:addPool")
  L.check("Server:addPool", 1, name, "string")
  L.pool_name(name)
  if not is_in(self, name) then insert(self.pools, name) end
end

function server_methods:rmPool(name)
  L.only_loading("Server:rmPool")
  L.check("Server:rmPool", 1, name, "string")
  for i, of_it in ipairs(self.pools) do
    if of_it == name then return remove(self.pools, i) end
  end
end

local function mode_setter(method, mode)
  server_methods[method] = function(self)
    L.only_loading("Server:" .. method)
    self.check.mode = mode
  end
end

mode_setter("setUp", "up")
mode_setter("setDown", "down")
mode_setter("setAuto", "auto")
mode_setter("setActiveAuto", "auto")
mode_setter("setLazyAuto", "lazy")

function server_methods:setQPS(limit)
  L.check("Server:setQPS", 1, limit, "number")
  L.warn("Server:setQPS is ignored: " .. SERVER_OPTIONS.qps)
end

function server_methods:getName() return self.name end

function server_methods:getNameWithAddr()
  return self.name == "" and self.address or self.name .. " (" .. self.address .. ")"
end

server_methods.toString = server_methods.getNameWithAddr

function server_methods:getHealthCheckMode()
  return self.check.mode == "lazy" and "lazy" or "active"
end

----------------------------------------------------------------------------------- the end

--- Fields that a script assigned are checked here.
local function check_field(one, field, min)
  local value = one[field]
  if type(value) ~= "number" or floor(value) ~= value or value < min or value > 2147483647 then
    L.fail_at(one, "the " .. field .. " of this server must be a whole number from " .. min
      .. " to 2147483647, not " .. tostring(value))
  end
end

local function send_server(one)
  if #one.pools == 0 then return end
  check_field(one, "order", -2147483648)
  check_field(one, "weight", 1)
  local copy = {}
  for key, value in pairs(one) do copy[key] = value end
  L.java.add_server(copy)
end

L.at_end(function()
  for _, one in ipairs(servers) do send_server(one) end
end)
