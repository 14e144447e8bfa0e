-- Asks two filters, one after the other. If the second one is not there, asks it once more after a
-- tenth of a second, and then lets the query continue.
--
--   deploy/anteroom run --config deploy/examples/two-filters.conf
--   dig @127.0.0.1 -p 5354 blocked.anteroom.test     # refused by the first filter
--   dig @127.0.0.1 -p 5354 www.anteroom.test         # an address, as the second filter is not there
--   echo www.anteroom.test > /tmp/second.txt
--   deploy/anteroom filter --async-id 2 --list /tmp/second.txt --join 127.0.0.1:17355
--   dig @127.0.0.1 -p 5354 www.anteroom.test         # refused by the second filter

vars("asked")

function route.main(q)
  q.asked = 0
  async(filter("blocklist"), "first")
end

function route.first(q, rc, out)
  if rc > 0 and out.decision ~= "continue" then
    return "refuse extended-error 15 the first filter"
  end
  async(filter("second"), "second")
end

function route.again(q)
  async(filter("second"), "second")
end

function route.second(q, rc, out)
  q.asked = q.asked + 1
  if rc > 0 and out.decision ~= "continue" then
    return "refuse extended-error 15 the second filter"
  elseif rc < 0 and q.asked < 2 then
    async(sleep(0.1), "again")
  end
end
