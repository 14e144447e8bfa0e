-- Refuses names with 20 hexadecimal digits in a row, as tunnels through the DNS have them. The program
-- expr compares; the name is an argument and not a part of a command line, so no character in it can do
-- harm. (Lua could compare as well. Take a program of your own for what it can't do.)
--
--   deploy/anteroom run --config deploy/examples/tunnel.conf
--   dig @127.0.0.1 -p 5354 a.wild.anteroom.test                        # an address
--   dig @127.0.0.1 -p 5354 0123456789abcdef0123.wild.anteroom.test     # REFUSED

function route.main(q)
  async(exec("expr", "x" .. q.name, ":", ".*[0-9a-f]\\{20\\}"), "compared")
end

-- The status of expr is 0 if the expression matches, 1 if not, and more after an error.
function route.compared(q, rc, out)
  if rc < 0 or out.status > 1 then return "rcode servfail" end
  if out.status == 0 then return "refuse extended-error 15 looks like a tunnel" end
end
