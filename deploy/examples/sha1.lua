-- Computes the SHA-1 sum of each answer that a rule with `spool` wrote to a file, without holding up
-- queries: onexecute runs on a worker thread, onresult then runs on the thread of the policy.
--
-- Only strings get to the worker thread. onexecute can't use `path`, a local variable from outside of
-- it, and `anteroom check` refuses a script that tries. It gets the path as `indata`, and onresult
-- gets the same string as `req`.
--
-- The operator must allow io for worker tasks of this policy, because of io.popen.

TrisulPlugin.request_async_workers = 2

onfile_http = function(engine, timestamp, flowkey, path, req_header, resp_header, length)
  T.async:schedule({
    data = path,

    -- On a worker thread, with globals of its own.
    onexecute = function(indata)
      local h = io.popen("sha1sum '" .. indata:gsub("'", "'\\''") .. "'")
      local sha1 = h:read("*a"):match("^%x+")
      h:close()
      return sha1
    end,

    -- Back on the thread of the policy.
    onresult = function(engine, req, response)
      print("The SHA1 sum of " .. req .. " IS " .. response)
      engine:counter("sha1_sums", 1)
    end,
  })
end
