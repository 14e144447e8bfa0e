-- SPDX-License-Identifier: Apache-2.0
--
-- Other files, the log, and functions that are called later.

local L = ...
local io, ipairs, pairs, type, tostring, error = io, ipairs, pairs, type, tostring, error

--- The path to a file that an operator's script names: as it is, or beside the main file.
local function found(f, path)
  local at = L.java.find_file(path)
  if not at then L.fail(f .. ": there is no file " .. path) end
  return at
end

--- The function that a file is; the file is checked as the main one is.
local function compiled(f, path)
  L.only_loading(f)
  L.check(f, 1, path, "string")
  local at = found(f, path)
  local name = L.java.included_file(at)
  local file = io.open(at, "rb")
  if not file then L.fail(f .. ": can't read " .. at) end
  local text = file:read("*a")
  file:close()
  local chunk, message = L.load(text, name)
  if not chunk then error(message, 0) end
  return chunk
end

local MAX_DEPTH = 20
local depth = 0

--- Runs a file; files that include each other end.
local function run(f, path, ...)
  if depth == MAX_DEPTH then
    L.fail(f .. ": files include one another more than " .. MAX_DEPTH .. " deep")
  end
  local chunk = compiled(f, path)
  depth = depth + 1
  local result = chunk(...)
  depth = depth - 1
  return result
end

function loadfile(path) return compiled("loadfile", path) end

function dofile(path) return run("dofile", path) end

package = { path = "?.lua", loaded = {} }

for _, name in ipairs({ "string", "table", "math", "io", "os", "bit", "coroutine" }) do
  package.loaded[name] = _G[name]
end

function require(name)
  L.check("require", 1, name, "string")
  if name == "ffi" then L.fail("require: " .. L.no_ffi) end
  local known = package.loaded[name]
  if known ~= nil then return known end
  local result = run("require", string.gsub(name, "%.", "/") .. ".lua", name)
  package.loaded[name] = result == nil and true or result
  return package.loaded[name]
end

function includeDirectory(path)
  L.only_loading("includeDirectory")
  L.check("includeDirectory", 1, path, "string")
  local files = L.java.directory_files(path)
  if type(files) == "string" then L.fail("includeDirectory: " .. files) end
  for _, file in ipairs(files) do run("includeDirectory", file) end
end

--- The lines of a file.
function L.lines(f, path)
  local file = io.open(found(f, path), "rb")
  if not file then L.fail(f .. ": can't read " .. path) end
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  file:close()
  return lines
end

-------------------------------------------------------------------------------------- log

local function log(name, level)
  _G[name] = function(text)
    L.check(name, 1, text, "string", "number")
    if level ~= "debug" or L.verbose then L.java.log(level, tostring(text)) end
  end
end

log("infolog", "info")
log("warnlog", "warn")
log("errlog", "error")
log("vinfolog", "debug")

function setVerbose(on)
  L.verbose = L.check("setVerbose", 1, on, "boolean")
end

function getVerbose() return L.verbose == true end

--------------------------------------------------------------------------------- callbacks

local at_exit, each_second = {}, {}

local function callback(name, list)
  _G[name] = function(f)
    L.only_loading(name)
    L.check(name, 1, f, "function")
    list[#list + 1] = f
  end
end

callback("addExitCallback", at_exit)
callback("addMaintenanceCallback", each_second)

L.at_end(function()
  for _, f in ipairs(each_second) do L.java.add_maintenance(function() return f() end) end
  -- Looked up each time, as a file may assign it later.
  L.java.add_maintenance(function()
    if type(maintenance) == "function" then return maintenance() end
  end)
  for _, f in ipairs(at_exit) do L.java.add_exit(function() return f() end) end
end)
