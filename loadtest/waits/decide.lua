-- Decides without waiting: the query goes on at the next rule.
function route.main(q)
  if q.name == "refused.anteroom.test" or q.type == "ANY" or q:tag("refused") then
    return "refuse"
  end
end
