-- Waits for 0.1 s; then the query goes on at the next rule.
function route.main(q)
  async(sleep(0.1), "go")
end

function route.go(q, rc)
  if rc < 0 then
    return "rcode servfail"
  end
end
