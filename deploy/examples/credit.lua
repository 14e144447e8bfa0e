-- The credit example of the OpenSIPS manual, for DNS: whoever has no credit left is refused. The
-- route ends at async(); the query waits without a thread, and goes on in the route resume_credit.
--
--   deploy/anteroom run --config deploy/examples/credit.conf
--   dig @127.0.0.1 -p 5354 www.anteroom.test                    # 127.0.0.1 has credit
--   dig @127.0.0.1 -p 5354 -b 127.0.0.2 www.anteroom.test       # 127.0.0.2 has none

vars("uid", "credit")

function route.main(q)
  q.uid = q.client
  async(sql("users", "SELECT credit FROM users WHERE uid = ?", q.uid), "resume_credit")
end

function route.resume_credit(q, rc, out)
  if rc < 0 then
    print("error " .. rc .. " in sql: " .. out.error)
    return "rcode servfail"
  end
  local user = out.rows[1]
  q.credit = user and user.credit or 0
  print("credit of user " .. q.uid .. " is " .. q.credit)
  if q.credit <= 0 then
    return "refuse extended-error 15 no credit left"
  end
end
