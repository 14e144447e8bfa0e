-- SPDX-License-Identifier: Apache-2.0
--
-- Addresses to listen at, and who may ask.

local L = ...
local ipairs, pairs, type, tostring = ipairs, pairs, type, tostring

--- An address with a port, as text; the default port if it has none.
function L.socket_address(f, n, text, port)
  local address = L.java.socket_address(text, port)
  if not address then
    L.fail("bad argument #" .. n .. " to '" .. f .. "' (\"" .. text
      .. "\" is no IP address with an optional port)")
  end
  return address
end

local locals = {}

function L.add_local(one) locals[#locals + 1] = one end

function L.count_locals(transport)
  local count = 0
  for _, one in ipairs(locals) do
    if one.transport == transport then count = count + 1 end
  end
  return count
end

local KERNEL = "the node's event loops share its sockets"
local OPTIONS = {
  doTCP = true, reusePort = true, maxInFlight = true, maxConcurrentTCPConnections = true,
  tcpFastOpenQueueSize = KERNEL, interface = "listeners are bound to addresses",
  cpus = KERNEL, tcpListenQueueSize = KERNEL, enableProxyProtocol = true,
  xskSocket = "AF_XDP is not supported",
}

local function local_address(f, address, options)
  L.only_loading(f)
  L.check(f, 1, address, "string")
  -- Old files have booleans for TCP and SO_REUSEPORT here.
  if type(options) == "boolean" then options = { doTCP = options } end
  options = L.optional(f, 2, options, {}, "table")
  L.warn_of_options(f, options, OPTIONS)
  local connections = L.integer_option(f, options, "maxConcurrentTCPConnections", 0, 0, 1000000)
  local in_flight = L.integer_option(f, options, "maxInFlight", 0, 0, 65535)
  local tcp = {}
  if connections > 0 then tcp["max-connections"] = connections end
  if in_flight > 0 then tcp["max-pipelined"] = in_flight end
  address = L.socket_address(f, 1, address, 53)
  local proxied = L.option(f, options, "enableProxyProtocol", true, "boolean")
  local over_udp = L.here({ transport = "udp", address = address, proxied = proxied, options = {} })
  if not L.option(f, options, "doTCP", true, "boolean") then return { over_udp } end
  return {
    over_udp,
    L.here({ transport = "tcp", address = address, proxied = proxied, options = tcp }),
  }
end

function addLocal(address, options)
  for _, one in ipairs(local_address("addLocal", address, options)) do L.add_local(one) end
end

--- Listeners with TLS or HTTP stay.
function setLocal(address, options)
  local kept = local_address("setLocal", address, options)
  for _, one in ipairs(locals) do
    if one.transport ~= "udp" and one.transport ~= "tcp" then kept[#kept + 1] = one end
  end
  locals = kept
end

----------------------------------------------------------------------------------- access

--- dnsdist's default.
local DEFAULT = { "127.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16",
  "192.168.0.0/16", "172.16.0.0/12", "::1/128", "fc00::/7", "fe80::/10" }

local acl = newNMG(DEFAULT)

--- The networks that may ask. Without its exceptions, a list would let in whom it names there.
local function masks(f, value)
  L.only_loading(f)
  local group = L.networks(f, value)
  for _, text in ipairs(group:masks()) do
    if string.sub(text, 1, 1) == "!" then
      L.fail(f .. ": an ACL can't have the exception " .. text .. "; list the networks that may ask")
    end
  end
  return group
end

function setACL(value)
  L.check("setACL", 1, value, "string", "table", "NetmaskGroup")
  acl = masks("setACL", value)
end

function addACL(value)
  L.check("addACL", 1, value, "string", "table", "NetmaskGroup", "Netmask")
  local group = newNMG()
  group:addNMG(acl)
  group:addNMG(masks("addACL", value))
  acl = group
end

function rmACL(value)
  L.check("rmACL", 1, value, "string")
  L.only_loading("rmACL")
  local net = L.java.network(value)
  if type(net) == "string" then L.fail("bad argument #1 to 'rmACL' (" .. net .. ")") end
  local group = newNMG()
  for text in pairs(acl.nets) do
    if text ~= net.text then group:addMask(text) end
  end
  acl = group
end

function setACLFromFile(path)
  L.only_loading("setACLFromFile")
  L.check("setACLFromFile", 1, path, "string")
  local group = newNMG()
  for _, line in ipairs(L.lines("setACLFromFile", path)) do
    local mask = string.match(line, "^%s*([^#%s]+)")
    if mask then group:addNMG(masks("setACLFromFile", mask)) end
  end
  acl = group
end

------------------------------------------------------------------------------------- proxies

local proxies = newNMG()
local if_proxied = {}

--- Notes a warning for a file that names proxies anywhere.
function L.warn_if_proxied(text) if_proxied[#if_proxied + 1] = { text, L.here() } end

function setProxyProtocolACL(value)
  L.check("setProxyProtocolACL", 1, value, "string", "table", "NetmaskGroup")
  proxies = masks("setProxyProtocolACL", value)
end

function setProxyProtocolApplyACLToProxiedClients(apply)
  L.only_loading("setProxyProtocolApplyACLToProxiedClients")
  L.check("setProxyProtocolApplyACLToProxiedClients", 1, apply, "boolean")
  L.settings["acl-for-clients"] = apply or nil
end

L.at_end(function()
  local networks = proxies:masks()
  if #networks > 0 then
    L.java.set_setting("proxies", networks)
    for _, warning in ipairs(if_proxied) do L.warn(warning[1], warning[2]) end
  end
  for _, one in ipairs(locals) do L.java.add_local(one) end
  for _, text in ipairs(acl:masks()) do L.java.add_acl(text) end
end)
