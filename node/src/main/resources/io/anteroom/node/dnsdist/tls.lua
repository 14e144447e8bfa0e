-- SPDX-License-Identifier: Apache-2.0
--
-- Listeners with certificates: DNS over TLS, over HTTPS, over QUIC and over HTTP/3.

local L = ...
local ipairs, pairs, type, tostring, setmetatable = ipairs, pairs, type, tostring, setmetatable
local sub, match = string.sub, string.match

----------------------------------------------------------------------------- certificates

local Certificate = L.class("TLSCertificate", {}, "certificate key keystore password")

local CERTIFICATE_OPTIONS = { key = true, password = true }

--- A path as it is, or else beside the configuration.
local function path_of(path) return L.java.find_file(path) or path end

--- A certificate in PEM with its key, or without a key, a file in PKCS#12 that has both.
function newTLSCertificate(path, options)
  local f = "newTLSCertificate"
  L.only_loading(f)
  L.check(f, 1, path, "string")
  options = L.optional(f, 2, options, {}, "table")
  L.warn_of_options(f, options, CERTIFICATE_OPTIONS)
  local key = L.option(f, options, "key", nil, "string")
  return setmetatable({
    certificate = key and path_of(path), key = key and path_of(key),
    keystore = not key and path_of(path) or nil,
    password = L.option(f, options, "password", nil, "string"),
  }, Certificate)
end

--- The block of one certificate, as the configuration has it.
local function block_of(f, i, certificate, keys)
  if L.kind(certificate) == "TLSCertificate" then
    local block = {}
    for key, value in pairs(certificate) do block[key] = value end
    return block
  end
  L.check(f, 2, certificate, "string", "TLSCertificate")
  local key = keys[i]
  if type(key) ~= "string" or key == "" then
    L.fail(f .. ": there is no key for the certificate " .. certificate)
  end
  return { certificate = path_of(certificate), key = path_of(key) }
end

local function blocks_of(f, certificates, keys)
  L.check(f, 2, certificates, "string", "TLSCertificate", "table")
  keys = L.list(L.optional(f, 3, keys, {}, "string", "table"))
  local list, blocks = L.list(certificates), {}
  local needed = 0
  for i, certificate in ipairs(list) do
    blocks[i] = block_of(f, i, certificate, keys)
    if blocks[i].certificate and type(certificate) == "string" then needed = needed + 1 end
  end
  if #blocks == 0 then L.fail(f .. ": the list of certificates is empty") end
  if needed == #blocks and #keys > needed then
    L.fail(f .. ": the numbers of certificates (" .. needed .. ") and of keys (" .. #keys
      .. ") differ")
  end
  return blocks
end

local function none(value) return value == nil or value == "" end

------------------------------------------------------------------------------------ options

local KERNEL = "the node's event loops share its sockets"
local TLS = "the TLS library decides; TLS 1.2 and 1.3 with forward secrecy are served"
local TICKETS = "the keys of session tickets are random and change each hour"
local SESSIONS = "sessions are resumed by tickets"
local OCSP = "responses of OCSP are not stapled"
local KEYS = "session keys are never written to a file"
local HEADERS = "the node sends no header fields of its own"

--- Options that all have: true for those that work, or why they don't.
local function with(more)
  local options = {
    reusePort = true, interface = "listeners are bound to addresses", cpus = KERNEL,
    idleTimeout = true, internalPipeBufferSize = true, keyLogFile = KEYS,
  }
  for key, value in pairs(more) do options[key] = value end
  return options
end

local function over_tcp(more)
  local options = with({
    tcpFastOpenQueueSize = KERNEL, tcpListenQueueSize = KERNEL,
    maxConcurrentTCPConnections = true, additionalAddresses = true,
    enableProxyProtocol = true, proxyProtocolOutsideTLS = true, doTCP = true,
    ignoreTLSConfigurationErrors = true, ciphers = TLS, ciphersTLS13 = TLS,
    minTLSVersion = true, preferServerCiphers = true, enableRenegotiation = true,
    ocspResponses = OCSP, numberOfTicketsKeys = TICKETS, ticketKeyFile = TICKETS,
    ticketsKeysRotationDelay = TICKETS, sessionTimeout = TICKETS,
    sessionTickets = true, numberOfStoredSessions = SESSIONS, releaseBuffers = true,
    ktls = true, readAhead = true, tlsAsyncMode = true,
  })
  for key, value in pairs(more) do options[key] = value end
  return options
end

local OPTIONS = {
  tls = over_tcp({ provider = true, maxInFlight = true }),
  https = over_tcp({
    library = true, exactPathMatching = true, serverTokens = HEADERS,
    customResponseHeaders = HEADERS, sendCacheControlHeaders = true,
    trustForwardedForHeader = true,
    keepIncomingHeaders = "header fields of requests are not kept",
  }),
  quic = with({ maxInFlight = true, congestionControlAlgo = true }),
  https3 = with({ maxInFlight = true, congestionControlAlgo = true }),
}
OPTIONS.tls.idleTimeout, OPTIONS.tls.internalPipeBufferSize = nil, nil

--- Options with one value that is honoured, and why the other ones are not.
local HONOURED = {
  { "enableRenegotiation", "boolean", false, "clients can't renegotiate" },
  { "sessionTickets", "boolean", true, SESSIONS },
  { "sendCacheControlHeaders", "boolean", true, "answers always have Cache-Control" },
  { "trustForwardedForHeader", "boolean", false, "X-Forwarded-For is not read, so the proxy is the "
    .. "client; nearest: setProxyProtocolACL" },
  { "congestionControlAlgo", "string", "cubic", "it is always cubic" },
  { "provider", "string", "openssl", "TLS is by OpenSSL, or else by Java" },
}

local VERSIONS = {
  ["tls1.0"] = "clients need TLS 1.2 at least", ["tls1.1"] = "clients need TLS 1.2 at least",
  ["tls1.2"] = true, ["tls1.3"] = "clients with TLS 1.2 are served too",
}

local function warn_of_values(f, options, known)
  for _, one in ipairs(HONOURED) do
    local key, kind, honoured, why = one[1], one[2], one[3], one[4]
    local value = L.option(f, options, key, honoured, kind)
    if known[key] and value ~= honoured then
      L.warn(f .. ": " .. key .. " = " .. tostring(value) .. " is ignored: " .. why)
    end
  end
  local version = known.minTLSVersion and L.option(f, options, "minTLSVersion", nil, "string")
  if version then
    local why = VERSIONS[version]
    if not why then
      L.fail(f .. ": minTLSVersion is tls1.0, tls1.1, tls1.2 or tls1.3, not \"" .. version .. "\"")
    elseif why ~= true then
      L.warn(f .. ": minTLSVersion = " .. version .. " is ignored: " .. why)
    end
  end
end

--- The keys of the listener that stand for options.
local function keys_of(f, options, known)
  local idle = known.idleTimeout and L.integer_option(f, options, "idleTimeout", 0, 0, 300) or 0
  local connections = L.integer_option(f, options, "maxConcurrentTCPConnections", 0, 0, 1000000)
  local in_flight = known.maxInFlight
    and L.integer_option(f, options, "maxInFlight", 0, 0, 65535) or 0
  local keys = {}
  if idle > 0 then keys["idle-timeout"] = idle .. "s" end
  if connections > 0 then keys["max-connections"] = connections end
  if in_flight > 0 then keys["max-pipelined"] = in_flight end
  return keys
end

---------------------------------------------------------------------------------- listeners

--- Adds a listener for each address.
local function add(f, transport, port, address, options, keys, proxied)
  local addresses = { address }
  for _, more in ipairs(L.option(f, options, "additionalAddresses", {}, "table")) do
    if type(more) ~= "string" then
      L.fail(f .. ": additionalAddresses must be a list of addresses with ports")
    end
    addresses[#addresses + 1] = more
  end
  for _, one in ipairs(addresses) do
    L.add_local(L.here({
      transport = transport, address = L.socket_address(f, 1, one, port), proxied = proxied,
      options = keys,
    }))
  end
end

--- Why certificates can't be used, if the file wants to go on without the listener then.
local function unusable(f, options, blocks)
  if not L.option(f, options, "ignoreTLSConfigurationErrors", false, "boolean") then return nil end
  for _, block in ipairs(blocks) do
    local problem = L.java.certificate_problem(block)
    if problem then return problem end
  end
end

--- What all listeners with certificates have in common. Calls `f` with options and certificates.
local function secure(f, transport, port, address, certificates, keys, options, http)
  L.only_loading(f)
  L.check(f, 1, address, "string")
  options = L.optional(f, transport == "https" and 5 or 4, options, {}, "table")
  L.warn_of_options(f, options, OPTIONS[transport])
  warn_of_values(f, options, OPTIONS[transport])
  local blocks = blocks_of(f, certificates, keys)
  local problem = unusable(f, options, blocks)
  if problem then
    L.warn(f .. ": " .. address .. " is not listened at: " .. problem)
    return
  end
  local block = keys_of(f, options, OPTIONS[transport])
  block.tls = #blocks == 1 and blocks[1] or { certificates = blocks }
  block.http = http
  local behind = OPTIONS[transport].enableProxyProtocol
    and L.option(f, options, "enableProxyProtocol", true, "boolean")
  local outside = L.option(f, options, "proxyProtocolOutsideTLS", false, "boolean")
  if behind and not outside then
    L.warn_if_proxied(f .. ": a header of the PROXY protocol within TLS is not supported, so none "
      .. "is expected at " .. address .. "; nearest: proxyProtocolOutsideTLS = true, with a proxy "
      .. "that sends it before the TLS handshake")
  end
  add(f, transport, port, address, options, block, behind and outside)
end

function addTLSLocal(address, certificates, keys, options)
  secure("addTLSLocal", "tls", 853, address, certificates, keys, options)
end

function addDOQLocal(address, certificates, keys, options)
  secure("addDOQLocal", "quic", 853, address, certificates, keys, options)
end

--- dnsdist takes any path here.
function addDOH3Local(address, certificates, keys, options)
  secure("addDOH3Local", "https3", 443, address, certificates, keys, options,
    { paths = { "/dns-query", "/", "/*" } })
end

--- The paths of the configuration for those of dnsdist.
local function paths_of(f, urls, exact)
  local paths, deeper = {}, false
  for i, url in ipairs(L.list(L.optional(f, 4, urls, "/dns-query", "string", "table"))) do
    L.check(f, 4, url, "string")
    if sub(url, 1, 1) ~= "/" then L.fail(f .. ": a path begins with /, not as \"" .. url .. "\"") end
    paths[#paths + 1] = url
    if not exact then
      paths[#paths + 1] = sub(url, -1) == "/" and url .. "*" or url .. "/*"
      deeper = true
    end
  end
  if #paths == 0 then
    L.fail("bad argument #4 to '" .. f .. "' (a path or a list of paths expected; the options are "
      .. "argument #5)")
  end
  if deeper then
    L.warn(f .. ": exactPathMatching = false means one more segment here, as /dns-query/x")
  end
  return { paths = paths }
end

local function loopback(address)
  return match(address, "^127%.") or match(address, "^%[::1%]") or address == "::1"
end

function addDOHLocal(address, certificates, keys, urls, options)
  local f = "addDOHLocal"
  L.only_loading(f)
  L.check(f, 1, address, "string")
  options = L.optional(f, 5, options, {}, "table")
  local exact = L.option(f, options, "exactPathMatching", true, "boolean")
  local http = paths_of(f, urls, exact)
  if not none(certificates) then
    return secure(f, "https", 443, address, certificates, keys, options, http)
  end
  if not loopback(address) then
    L.fail(f .. ": without a certificate this is HTTP in clear text, which is possible only on a "
      .. "loopback address such as 127.0.0.1, for a proxy on this machine")
  end
  L.warn_of_options(f, options, OPTIONS.https)
  warn_of_values(f, options, OPTIONS.https)
  local block = keys_of(f, options, OPTIONS.https)
  block.tls, block.http = false, http
  add(f, "https", 443, address, options, block,
    L.option(f, options, "enableProxyProtocol", true, "boolean"))
end

---------------------------------------------------------------------------------- frontends

local RELOAD = "changed files of certificates are read by themselves within 3 s"

local methods = {}
local Frontend = L.class("Frontend", methods, "", {
  addTicketKey = TICKETS, loadTicketsKeys = TICKETS, loadTicketsKey = TICKETS,
  getAddressAndPort = "see `ctl listeners`", loadNewCertificatesAndKeys = RELOAD,
})

function methods:reloadCertificates() end

function methods:rotateTicketsKey() end

function methods:setResponsesMap()
  L.warn("setResponsesMap has no effect: requests that are no queries get status 404")
end

--- getTLSFrontend(0) and its like, for files that have certificates read again.
local function frontends(name, transport)
  _G["get" .. name .. "FrontendCount"] = function() return L.count_locals(transport) end
  _G["get" .. name .. "Frontend"] = function(index)
    L.integer("get" .. name .. "Frontend", 1, index, 0, 65535)
    return index < L.count_locals(transport) and setmetatable({}, Frontend) or nil
  end
end

frontends("TLS", "tls")
frontends("DOH", "https")
frontends("DOQ", "quic")
frontends("DOH3", "https3")

function newDOHResponseMapEntry() return {} end

function reloadAllCertificates() end

for _, name in ipairs({ "loadTicketsKey", "setTicketsKeyAddedHook" }) do
  _G[name] = function() L.warn(name .. " has no effect: " .. TICKETS) end
end

for _, name in ipairs({ "loadTLSEngine", "loadTLSProvider" }) do
  _G[name] = function() L.warn(name .. " has no effect: TLS is by OpenSSL, or else by Java") end
end
