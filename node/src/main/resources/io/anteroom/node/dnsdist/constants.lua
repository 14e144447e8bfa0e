-- SPDX-License-Identifier: Apache-2.0
--
-- Constants, with the values that dnsdist has.

local L = ...

local function lacking(name, values)
  local known = values
  return setmetatable(values, {
    __index = function(_, key)
      L.fail(name .. ": " .. L.java.unknown(tostring(key), L.keys(known)))
    end,
  })
end

local function numbered(name, from, words)
  local values, n = {}, from
  for word in string.gmatch(words, "%S+") do
    values[word], n = n, n + 1
  end
  return lacking(name, values)
end

DNSAction = lacking("DNSAction", {
  Drop = 0, Nxdomain = 1, NXDomain = 1, Refused = 2, Spoof = 3, Allow = 4, HeaderModify = 5,
  Pool = 6, Delay = 7, Truncate = 8, ServFail = 9, None = 10, NoOp = 11, NoRecurse = 12,
  SpoofRaw = 13, SpoofPacket = 14, SetTag = 15,
})

DNSResponseAction = numbered("DNSResponseAction", 0,
  "Allow Delay Drop HeaderModify ServFail Truncate None")

DNSClass = lacking("DNSClass", { IN = 1, CHAOS = 3, NONE = 254, ANY = 255 })

DNSOpcode = lacking("DNSOpcode", { Query = 0, IQuery = 1, Status = 2, Notify = 4, Update = 5 })

DNSSection = numbered("DNSSection", 0, "Question Answer Authority Additional")

DNSRCode = lacking("DNSRCode", {
  NOERROR = 0, FORMERR = 1, SERVFAIL = 2, NXDOMAIN = 3, NOTIMP = 4, REFUSED = 5, YXDOMAIN = 6,
  YXRRSET = 7, NXRRSET = 8, NOTAUTH = 9, NOTZONE = 10, BADVERS = 16, BADSIG = 16, BADKEY = 17,
  BADTIME = 18, BADMODE = 19, BADNAME = 20, BADALG = 21, BADTRUNC = 22, BADCOOKIE = 23,
})

EDNSOptionCode = lacking("EDNSOptionCode", {
  NSID = 3, DAU = 5, DHU = 6, N3U = 7, ECS = 8, EXPIRE = 9, COOKIE = 10, TCPKEEPALIVE = 11,
  PADDING = 12, CHAIN = 13, KEYTAG = 14, EXTENDEDERROR = 15,
})

DNSQType = lacking("DNSQType", {
  A = 1, NS = 2, CNAME = 5, SOA = 6, MB = 7, MG = 8, MR = 9, WKS = 11, PTR = 12, HINFO = 13,
  MINFO = 14, MX = 15, TXT = 16, RP = 17, AFSDB = 18, SIG = 24, KEY = 25, AAAA = 28, LOC = 29,
  SRV = 33, NAPTR = 35, KX = 36, CERT = 37, A6 = 38, DNAME = 39, OPT = 41, APL = 42, DS = 43,
  SSHFP = 44, IPSECKEY = 45, RRSIG = 46, NSEC = 47, DNSKEY = 48, DHCID = 49, NSEC3 = 50,
  NSEC3PARAM = 51, TLSA = 52, SMIMEA = 53, RKEY = 57, CDS = 59, CDNSKEY = 60, OPENPGPKEY = 61,
  CSYNC = 62, ZONEMD = 63, SVCB = 64, HTTPS = 65, SPF = 99, NID = 104, L32 = 105, L64 = 106,
  LP = 107, EUI48 = 108, EUI64 = 109, TKEY = 249, TSIG = 250, IXFR = 251, AXFR = 252, MAILB = 253,
  MAILA = 254, ANY = 255, URI = 256, CAA = 257, DLV = 32769,
})
