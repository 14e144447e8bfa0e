-- SPDX-License-Identifier: Apache-2.0
--
-- Groups of networks. An address is 32 hexadecimal digits; those of IPv4 are mapped to IPv6.

local L = ...
local sub, floor, pairs, ipairs, type = string.sub, math.floor, pairs, ipairs, type

--- Digits with only their first 1, 2, 3 bits.
local FIRST_BITS = { {}, {}, {} }
for digit = 0, 15 do
  local text = string.format("%x", digit)
  FIRST_BITS[1][text] = string.format("%x", digit - digit % 8)
  FIRST_BITS[2][text] = string.format("%x", digit - digit % 4)
  FIRST_BITS[3][text] = string.format("%x", digit - digit % 2)
end

local function masked(hex, bits)
  local digits, rest = floor(bits / 4), bits % 4
  if rest == 0 then return sub(hex, 1, digits) end
  return sub(hex, 1, digits) .. FIRST_BITS[rest][sub(hex, digits + 1, digits + 1)]
end

--- The text of an address or a network: text, or an object of dnsdist.
local function text_of(f, n, value)
  if type(value) == "string" then return value end
  local kind = L.kind(value)
  if kind ~= "ComboAddress" and kind ~= "Netmask" then
    L.check(f, n, value, "string", "ComboAddress", "Netmask")
  end
  return value:toString()
end

--- Its digits, bits and text, or an error.
local function network(f, n, value)
  local text = text_of(f, n, value)
  local net = L.java.network(text)
  if type(net) == "string" then
    L.fail("bad argument #" .. n .. " to '" .. f .. "' (" .. net .. ")")
  end
  return net
end

local methods = {}
local Group = L.class("NetmaskGroup", methods)

--- nets[text] = network; by_bits[bits][digits] = whether it is in the group.
function newNMG(masks)
  local group = setmetatable({ nets = {}, by_bits = {} }, Group)
  if masks ~= nil then group:addMasks(masks) end
  return group
end

newNetmaskGroup = newNMG

local function add(group, f, mask)
  local sign = true
  if type(mask) == "string" and sub(mask, 1, 1) == "!" then
    mask, sign = sub(mask, 2), false
  end
  local net = network(f, 1, mask)
  net.positive = sign
  group.nets[net.text] = net
  local of_bits = group.by_bits[net.bits] or {}
  group.by_bits[net.bits] = of_bits
  of_bits[masked(net.hex, net.bits)] = sign
end

function methods:addMask(mask, positive)
  if positive == false then mask = "!" .. text_of("NetmaskGroup:addMask", 1, mask) end
  add(self, "NetmaskGroup:addMask", mask)
end

function methods:addMasks(masks)
  for _, mask in pairs(L.list(masks)) do add(self, "NetmaskGroup:addMasks", mask) end
end

function methods:addNMG(other)
  L.check("NetmaskGroup:addNMG", 1, other, "NetmaskGroup")
  for _, net in pairs(other.nets) do
    add(self, "NetmaskGroup:addNMG", (net.positive and "" or "!") .. net.text)
  end
end

--- Whether the address is in the group; the longest network that has it counts.
function methods:match(address)
  local hex = network("NetmaskGroup:match", 1, address).hex
  local longest, found = -1, false
  for bits, nets in pairs(self.by_bits) do
    local sign = bits > longest and nets[masked(hex, bits)]
    if bits > longest and sign ~= nil then longest, found = bits, sign end
  end
  return found
end

function methods:size() return #L.keys(self.nets) end

function methods:clear() self.nets, self.by_bits = {}, {} end

function methods:toString() return table.concat(self:masks(), ", ") end

--- The networks as text, in order.
function methods:masks()
  local masks = {}
  for text, net in pairs(self.nets) do masks[#masks + 1] = (net.positive and "" or "!") .. text end
  table.sort(masks)
  return masks
end

--- The networks of an argument: a group, a network, or a list. Fixed from now on, as in dnsdist.
function L.networks(f, value)
  local group = value
  if L.kind(value) ~= "NetmaskGroup" then
    group = newNMG()
    for _, mask in pairs(L.list(value)) do add(group, f, mask) end
  end
  return group
end

--- Whether network b lies in network a.
local function holds(a, b)
  return b.bits > a.bits and masked(b.hex, a.bits) == masked(a.hex, a.bits)
end

--- The block for a group. The longest network that has an address decides, so each positive one
--- matches but for the negative ones within it.
function L.client_match(group)
  local plain, blocks = {}, {}
  for _, text in ipairs(L.sorted_keys(group.nets)) do
    local net, without = group.nets[text], {}
    for _, other in pairs(group.nets) do
      if net.positive and not other.positive and holds(net, other) then
        without[#without + 1] = other.text
      end
    end
    table.sort(without)
    if #without > 0 then
      blocks[#blocks + 1] = { client = { text }, ["not"] = { client = L.sent(without) } }
    elseif net.positive then
      plain[#plain + 1] = text
    end
  end
  if #plain > 0 or #blocks == 0 then table.insert(blocks, 1, { client = L.sent(plain) }) end
  return #blocks == 1 and blocks[1] or { any = blocks }
end
