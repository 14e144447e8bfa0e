-- Refuses clients that are on a block list in the DNS: if 192.0.2.1 is listed, 1.2.0.192.dnsbl.test has
-- an address. A list that can't be reached refuses nobody.
--
--   deploy/anteroom run --config deploy/examples/dnsbl-list.conf     # the server with the list
--   deploy/anteroom run --config deploy/examples/dnsbl.conf
--   dig @127.0.0.1 -p 5354 www.anteroom.test                  # not listed: an address
--   dig @127.0.0.1 -p 5354 -b 127.0.0.2 www.anteroom.test     # listed: REFUSED

function route.main(q)
  local a, b, c, d = q.client:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$")
  if a then
    async(resolve(d .. "." .. c .. "." .. b .. "." .. a .. ".dnsbl.test", "A"), "found")
  end
end

function route.found(q, rc, out)
  if rc > 0 and #out.answers > 0 then
    return "refuse extended-error 15 listed"
  end
end
