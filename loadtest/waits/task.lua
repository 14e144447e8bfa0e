-- Answers each query at once. One for task.anteroom.test starts a worker task, which keeps its thread
-- busy for 2 s.
function route.main(q)
  if q.name:find("^task") then
    T.async:schedule{
      data = "",
      onexecute = function()
        local start = os.clock()
        while os.clock() - start < 2 do end
        return "done"
      end,
      onresult = function(engine) engine:counter("ended") end,
    }
  end
  return "refuse"
end
