-- Sends each query to a web service. launch() suspends nothing: the query continues at once, whatever
-- becomes of the request.
--
--   python3 -m http.server 8054 --bind 127.0.0.1     # prints each request, and answers it with 501
--   deploy/anteroom run --config deploy/examples/querylog.conf
--   dig @127.0.0.1 -p 5354 www.anteroom.test

function route.main(q)
  launch(http("collector", {
    method = "POST",
    path = "/queries",
    body = q.client .. " " .. q.name .. " " .. q.type .. "\n",
  }), "sent")
end

-- The last argument of launch is a route that gets the result. There is no query any more.
function route.sent(q, rc, out)
  if rc < 0 then print("a query was not logged: " .. out.error) end
end
