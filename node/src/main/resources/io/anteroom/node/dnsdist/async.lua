-- SPDX-License-Identifier: Apache-2.0
--
-- Asynchronous processing: suspended questions, and the sockets to filters outside of the node.

local L = ...
local java, fail = L.java, L.fail
local setmetatable, type = setmetatable, type
local take, set_rcode, resume, drop = java.async_take, java.async_rcode, java.async_resume, java.async_drop
local handle = L.handle
local misused, send = java.async_misused, java.endpoint_send

------------------------------------------------------------------------ asynchronous objects

-- An object is a table with its serial number at 1, and at 2 the method that ended it, or false.
local objects = {}
local Object

--- The serial number of an object that the script has not ended.
local function serial(self, method)
  if type(self) ~= "table" or not self[1] then
    fail("use object:" .. method .. "(..), with a colon")
  elseif self[2] then
    misused()
    fail(method .. "() of an asynchronous object after its " .. self[2] .. "()")
  end
  return self[1]
end

function objects.getDQ(self)
  return handle(serial(self, "getDQ"))
end

function objects.getDR(self)
  return handle(serial(self, "getDR"), true)
end

function objects.setRCode(self, rcode, clear)
  return set_rcode(serial(self, "setRCode"), rcode, clear)
end

function objects.resume(self)
  local resumed = resume(serial(self, "resume"))
  self[2] = "resume"
  return resumed
end

function objects.drop(self)
  local dropped = drop(serial(self, "drop"))
  self[2] = "drop"
  return dropped
end

Object = L.class("AsynchronousObject", objects)

function getAsynchronousObject(async_id, query_id)
  if L.loading then
    fail("getAsynchronousObject works in functions that are called later, not while the file is loaded")
  end
  return setmetatable({ take(async_id, query_id), false }, Object)
end

----------------------------------------------------------------------------------- endpoints

local endpoints = {}

function endpoints.isValid(self) return java.endpoint_valid(self[1]) end

function endpoints.send(self, payload) return send(self[1], payload) end

local Endpoint = L.class("NetworkEndpoint", endpoints)

function newNetworkEndpoint(path)
  return setmetatable({ java.endpoint(path) }, Endpoint)
end

----------------------------------------------------------------------------------- listeners

local listeners = {}

function listeners.addUnixListeningEndpoint(self, path, endpoint_id, callback)
  if callback ~= nil then
    L.check("addUnixListeningEndpoint", 3, callback, "function")
  end
  local at = L.here()
  return java.listener_add(self[1], path, endpoint_id, callback, at.file .. ":" .. at.line)
end

function listeners.start(self) java.listener_start(self[1]) end

local Listener = L.class("NetworkListener", listeners, "", {
  addUnixListeningEndpointFFI = "use addUnixListeningEndpoint; functions of the FFI, such as "
    .. "dnsdist_ffi_dnsquestion_set_async, dnsdist_ffi_resume_from_async, "
    .. "dnsdist_ffi_set_rcode_from_async, dnsdist_ffi_set_answer_from_async and "
    .. "dnsdist_ffi_drop_from_async, are dq:suspend and the methods of getAsynchronousObject here",
})

function newNetworkListener()
  return setmetatable({ java.listener() }, Listener)
end
