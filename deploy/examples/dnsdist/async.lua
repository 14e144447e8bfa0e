-- Asynchronous processing, as in dnsdist's documentation: each query and each response is suspended
-- and sent to a filter as a datagram. The filter answers with the ID of the message, as text, and
-- the query goes on; without an answer it goes on after 500 ms.
--
-- Try it, with a DNS server on port 5300:
--   deploy/anteroom run --dnsdist deploy/examples/dnsdist/async.lua -l 127.0.0.1:5353

newServer("127.0.0.1:5300")

local asyncID = 0
local filteringTagName = 'filtering'
local filteringTagValue = 'passed'
local asyncResponderEndpoint = newNetworkEndpoint('/run/anteroom/filter.sock')

local function gotAsyncResponse(endpointID, message, from)
  local queryID = tonumber(message)
  local asyncObject = getAsynchronousObject(asyncID, queryID)
  local dq = asyncObject:getDQ()
  dq:setTag(filteringTagName, filteringTagValue)
  asyncObject:resume()
end

local listener = newNetworkListener()
listener:addUnixListeningEndpoint('/run/anteroom/verdicts.sock', 0, gotAsyncResponse)
listener:start()

local function passQueryToAsyncFilter(dq)
  local timeout = 500 -- 500 ms
  local buffer = dq:getContent()
  local id = dq.dh:getID()
  dq:suspend(asyncID, id, timeout)
  asyncResponderEndpoint:send(buffer)
  return DNSAction.Allow
end

local function passResponseToAsyncFilter(dr)
  local timeout = 500 -- 500 ms
  local buffer = dr:getContent()
  local id = dr.dh:getID()
  dr:suspend(asyncID, id, timeout)
  asyncResponderEndpoint:send(buffer)
  return DNSResponseAction.Allow
end

addAction(AllRule(), LuaAction(passQueryToAsyncFilter))
addCacheHitResponseAction(AllRule(), LuaResponseAction(passResponseToAsyncFilter))
addResponseAction(AllRule(), LuaResponseAction(passResponseToAsyncFilter))
