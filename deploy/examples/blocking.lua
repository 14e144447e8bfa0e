-- How not to do it: os.execute returns when the copy is complete, and until then the thread of the
-- policy answers no query. `anteroom check` refuses this script and says so. See copy.lua.

onfile_http = function(engine, timestamp, flowkey, path, req_header, resp_header, length)
  os.execute("cp " .. path .. " /tmp/xyz.txt")
end
