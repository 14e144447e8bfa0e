-- Copies each answer that a rule with `spool` wrote to a file, in two ways that don't hold up
-- queries. Files that T.async reads and writes must be below `data-dir`; relative paths start there.

onfile_http = function(engine, timestamp, flowkey, path, req_header, resp_header, length)
  -- A worker thread copies the file; the call returns at once.
  T.async:copy(path, "latest.dns")

  -- The same with a program. The operator must allow io for worker tasks of this policy.
  T.async:schedule({
    data = path,
    onexecute = function(indata)
      local directory = indata:match("^(.*)/spool/")
      os.execute("cp '" .. indata .. "' '" .. directory .. "/latest-by-cp.dns'")
    end,
  })
end
