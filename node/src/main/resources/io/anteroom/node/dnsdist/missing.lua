-- SPDX-License-Identifier: Apache-2.0
--
-- What dnsdist has and this library doesn't, with the nearest thing that there is.

local L = ...
local pairs, ipairs, rawget = pairs, ipairs, rawget

local DNSCRYPT = "DNSCrypt is not supported; nearest: addTLSLocal or addDOHLocal"
local RULE = "nearest: LuaAction, whose function decides and acts"
local KVS = "key value stores are not supported; nearest: newSuffixMatchNode or newDNSNameSet, "
  .. "filled from a file with io.lines"
local LOGGER = "there is no remote logger; nearest: LogAction"
local TRACE = "nearest: `anteroom ctl trace`"
local TLVS = "the values of a header of the PROXY protocol are not kept, and servers are sent none"
local DYN = "nearest: dynBlockRulesGroup() with setQueryRate, setRCodeRate, setRCodeRatio"
local HTTP = "header fields of requests are not kept; nearest: HTTPPathRule or SNIRule"
local RECORDS = "records can't be counted; nearest: LuaAction"
local THREAD = "there is one Lua thread; nearest: newNetworkEndpoint and newNetworkListener"
local BPF = "eBPF is not supported; nearest: dynBlockRulesGroup()"
local FFI = "there are no FFI functions (dnsdist_ffi_dnsquestion_set_async, "
  .. "dnsdist_ffi_resume_from_async and so on); nearest: LuaAction and LuaResponseAction with "
  .. "dq:suspend(..) and getAsynchronousObject(..)"
local POLICY = "policies in Lua are not supported; nearest: leastOutstanding, firstAvailable, "
  .. "roundrobin, wrandom, chashed"

local OLD = "it was removed in dnsdist 1.4; nearest: addAction"

local MISSING = {
  addLuaAction = "it is addAction(.., LuaAction(..)) since dnsdist 1.4",
  addLuaResponseAction = "it is addResponseAction(.., LuaResponseAction(..)) since dnsdist 1.4",
  addAnyTCRule = OLD, addDelay = OLD, addDisableValidationRule = OLD, addDomainBlock = OLD,
  addDomainSpoof = OLD, addDomainCNAMESpoof = OLD, addNoRecurseRule = OLD, addPoolRule = OLD,
  addQPSLimit = OLD, addQPSPoolRule = OLD, blockFilter = "nearest: addAction(.., LuaAction(..))",
  newQPSLimiter = "nearest: MaxQPSRule, MaxQPSIPRule or QPSAction",
  topRule = "it is mvRuleToTop since dnsdist 1.6",
  topResponseRule = "it is mvResponseRuleToTop since dnsdist 1.6",
  addDNSCryptBind = DNSCRYPT, getDNSCryptBind = DNSCRYPT, getDNSCryptBindCount = DNSCRYPT,
  generateDNSCryptProviderKeys = DNSCRYPT, generateDNSCryptCertificate = DNSCRYPT,
  printDNSCryptProviderFingerprint = DNSCRYPT,
  getTLSContext = "it is getTLSFrontend since dnsdist 1.8",
  LuaRule = RULE, LuaFFIRule = RULE, LuaFFIPerThreadRule = RULE,
  KeyValueStoreLookupRule = KVS, KeyValueStoreRangeLookupRule = KVS, newCDBKVStore = KVS,
  newLMDBKVStore = KVS, KeyValueStoreLookupAction = KVS, KeyValueStoreRangeLookupAction = KVS,
  KeyValueLookupKeyQName = KVS, KeyValueLookupKeySuffix = KVS, KeyValueLookupKeySourceIP = KVS,
  KeyValueLookupKeyTag = KVS,
  RemoteLogAction = LOGGER, RemoteLogResponseAction = LOGGER, DnstapLogAction = LOGGER,
  DnstapLogResponseAction = LOGGER, newRemoteLogger = LOGGER, newFrameStreamUnixLogger = LOGGER,
  newFrameStreamTcpLogger = LOGGER, SNMPTrapAction = LOGGER, SNMPTrapResponseAction = LOGGER,
  SetTraceAction = TRACE, grepq = TRACE, topQueries = TRACE, topClients = TRACE,
  SetProxyProtocolValuesAction = TLVS, SetAdditionalProxyProtocolValueAction = TLVS,
  ProxyProtocolValueRule = TLVS .. "; nearest: LuaAction with dq:getServerNameIndication()",
  addDynBlocks = DYN, addDynBlockSMT = DYN, addDynamicBlock = DYN, exceedQRate = DYN,
  exceedQTypeRate = DYN, exceedServFails = DYN, exceedServfails = DYN, exceedNXDOMAINs = DYN,
  exceedRespByterate = DYN, clearDynBlocks = DYN, getDynamicBlocks = DYN,
  newTimedIPSetRule = DYN, TimedIPSetRule = DYN,
  HTTPHeaderRule = HTTP,
  HTTPPathRegexRule = "nearest: HTTPPathRule, or LuaAction with dq:getHTTPPath()",
  HTTPStatusAction = "a query over HTTPS gets a DNS answer; nearest: RCodeAction",
  RecordsTypeCountRule = RECORDS, TrailingDataRule = RECORDS,
  PayloadSizeRule = RECORDS,
  DSTPortRule = "nearest: LuaAction, which sees dq.localaddr",
  EDNSVersionRule = "queries with another EDNS version than 0 get BADVERS before any rule",
  PoolOutstandingRule = "nearest: PoolAvailableRule",
  SetECSAction = "the client's own network is sent; nearest: SetECSPrefixLengthAction",
  SetECSOverrideAction = "a client's own subnet is never replaced; leave it out",
  SetMacAddrAction = "MAC addresses are not known",
  SetEDNSOptionAction = "nearest: LuaAction with dq:setEDNSOption",
  SetMaxReturnedTTLAction = "nearest: addResponseAction with SetMaxReturnedTTLResponseAction",
  SetReducedTTLResponseAction = "nearest: LuaResponseAction with dr:editTTLs",
  SetTempFailureCacheTTLAction = "nearest: temporaryFailureTTL of newPacketCache",
  SpoofSVCAction = "nearest: SpoofRawAction", newSVCRecordParameters = "nearest: SpoofRawAction",
  SpoofPacketAction = "nearest: LuaAction with dq:setContent",
  newThread = THREAD, submitToMainThread = THREAD, getAddressInfo = THREAD,
  newBPFFilter = BPF, setDefaultBPFFilter = BPF, newDynBPFFilter = BPF, newXsk = BPF,
  addBPFFilterDynBlocks = BPF,
  LuaFFIAction = FFI, LuaFFIResponseAction = FFI, LuaFFIPerThreadAction = FFI,
  LuaFFIPerThreadResponseAction = FFI,
  newServerPolicy = POLICY, setServerPolicyLua = POLICY, setServerPolicyLuaFFI = POLICY,
  setServerPolicyLuaFFIPerThread = POLICY, setPoolServerPolicyLua = POLICY,
  setPoolServerPolicyLuaFFI = POLICY, orderedWrandUntag = POLICY,
  addXFRResponseAction = "zone transfers are not passed on",
  addTimeoutResponseAction = "nearest: failover-on and tries of the pool",
  addServerStateChangeCallback = "servers that go up or down are in the log and the metrics",
  getStatisticsCounters = "see /metrics", getMetric = "see /metrics", incMetric = "see /metrics",
  setMetric = "see /metrics", getRingEntries = TRACE,
  newRuleAction = "nearest: addAction", setRules = "nearest: addAction",
  getRule = "nearest: the option name of addAction, and `ctl rules`",
  getAction = "nearest: the option name of addAction, and `ctl rules`",
  getBind = "nearest: addLocal", getObjectFromYAMLConfiguration = "there is no YAML configuration",
  TagAction = "it is SetTagAction since dnsdist 1.6", SkipCacheAction = "it is SetSkipCacheAction",
  NoRecurseAction = "it is SetNoRecurseAction", DisableECSAction = "it is SetDisableECSAction",
  DisableValidationAction = "it is SetDisableValidationAction",
  ECSPrefixLengthAction = "it is SetECSPrefixLengthAction",
  ECSOverrideAction = "a client's own subnet is never replaced; leave it out",
  SetNegativeAndSOAAction = "it is NegativeAndSOAAction since dnsdist 1.6",
  TempFailureCacheTTLAction = "nearest: temporaryFailureTTL of newPacketCache",
}

L.no_ffi = FFI

for name, nearest in pairs(MISSING) do
  if rawget(_G, name) == nil then L.java.name_lacking(name, nearest) end
end

--- Tells Java the names of all that the library defines, and has it told which of the names that
--- scripts read are not there.
L.java.names_defined(L.sorted_keys(_G))

L.java.checker(function()
  for _, name in ipairs(L.java.names_read()) do
    if rawget(_G, name) == nil then L.java.name_missing(name) end
  end
end)
