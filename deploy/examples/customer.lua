-- Asks a web service for the plan of each client, and shows unpaid ones the address of a payment page.
-- Clients that the service does not know, or while it is down, are served.
--
--   python3 -m http.server 8053 --bind 127.0.0.1 --directory deploy/examples/customers
--   deploy/anteroom run --config deploy/examples/customer.conf
--   dig @127.0.0.1 -p 5354 www.anteroom.test                  # paid: 192.0.2.80
--   dig @127.0.0.1 -p 5354 -b 127.0.0.2 www.anteroom.test     # unpaid: 192.0.2.1

function route.main(q)
  async(http("customers", { path = "/" .. q.client .. ".json", json = true }), "answered")
end

function route.answered(q, rc, out)
  if rc > 0 and out.status == 200 and out.json.plan == "unpaid" then
    return "addresses 192.0.2.1"
  end
end
