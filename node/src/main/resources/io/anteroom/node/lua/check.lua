-- SPDX-License-Identifier: Apache-2.0
--
-- Checks of a script that is compiled but not run, on its bytecode. The numbers of the opcodes are
-- not those of one version of LuaJIT: they come from small functions that are compiled here.
--
-- An operand is known by its mode (lj_bc.h): "dst" writes register A, "base" writes A and those
-- above it, "str" is the index of a constant.

local E = ...
local util = require("jit.util")
local funcbc, funck, funcinfo, funcuvname = util.funcbc, util.funck, util.funcinfo, util.funcuvname
local band, rshift = bit.band, bit.rshift
local loadstring, error, ipairs = loadstring, error, ipairs
local concat, setmetatable = table.concat, setmetatable

local DST, BASE = 1, 2

--- One instruction: opcode, operands A, B, C, D, and the mode of A.
local function instruction(proto, pc)
  local ins, mode = funcbc(proto, pc)
  return band(ins, 255), band(rshift(ins, 8), 255), rshift(ins, 24), band(rshift(ins, 16), 255),
    rshift(ins, 16), band(mode, 7)
end

local function constant(proto, index)
  return funck(proto, -1 - index)
end

--- The opcode and the register A of instruction `pc` of this source.
local function sample(source, pc)
  local op, a = instruction(loadstring(source), pc)
  return op, a
end

local GGET, CALLED = sample("f('x')", 1)
local KSTR, ARGUMENT = sample("f('x')", 2)
local CALL = sample("f('x')", 3)
local CALLT = sample("return f()", 2)
local CALLM = sample("f(g())", 4)
local CALLMT = sample("return f(g())", 4)
local GSET = sample("x = 1", 2)
local TGETS = sample("local x = a.b", 2)
local TSETS = sample("a.b = 1", 3)
local FNEW = sample("local x = function() end", 1)
local JMP = sample("while true do end", 2)
local FIRST = ARGUMENT - CALLED

--- The instructions that test whether a global is there, right after it was read.
local TESTS = {}
for _, source in ipairs({
  "if x then y() end", "if not x then y() end", "local z = x or 1", "local z = x and 1",
  "if x == nil then y() end", "if x ~= nil then y() end",
}) do
  TESTS[(sample(source, 2))] = true
end

--- The last instruction before `pc` that writes this register, and its number.
local function definition(proto, pc, register)
  for i = pc - 1, 1, -1 do
    local op, a, b, c, d, mode = instruction(proto, i)
    if mode == DST and a == register or mode == BASE and a <= register and op ~= JMP then
      return op, b, c, d, i
    end
  end
end

local checker = {}
checker.__index = checker

local function line_of(proto, pc)
  return funcinfo(proto, pc).currentline
end

function checker:fail(line, text)
  error(self.name .. ":" .. line .. ": " .. text, 0)
end

--- The text in this register if it is a literal. After a jump it is one of several values.
local function literal(proto, pc, register)
  local op, _, _, d, at = definition(proto, pc, register)
  if op == KSTR and instruction(proto, at - 1) ~= JMP then
    return constant(proto, d)
  end
end

--- The name of the global in this register.
local function global(proto, pc, register)
  local op, _, _, d = definition(proto, pc, register)
  return op == GGET and constant(proto, d) or nil
end

local BLOCKING = {
  os = { execute = true, remove = true, rename = true, tmpname = true },
}

--- A field that scripts don't have, because it would stop the thread that answers queries.
function checker:field(proto, pc, library, name, worker)
  if library == "os" and name == "exit" then
    self:fail(line_of(proto, pc), "os.exit would end the node")
  end
  local blocks = library == "io" or BLOCKING[library] and BLOCKING[library][name]
  if blocks and not worker and not E.allow_io then
    self:fail(line_of(proto, pc), library .. "." .. name .. " would block all queries of this "
      .. "event loop until it ends; use an operation with async, T.async:copy, or an onexecute "
      .. "function of T.async:schedule")
  end
end

function checker:reference(proto, pc, name, register, given)
  local line = line_of(proto, pc)
  if given < 2 then
    if name == "async" then self:fail(line, "async needs the name of a route") end
    return
  end
  local route = literal(proto, pc, register + 1)
  if not route then
    self:fail(line, "the route of " .. name .. " must be a literal, as in \"name\"")
  end
  self:add_reference(line, route)
end

function checker:add_reference(line, route)
  self.references[#self.references + 1] = line .. ":" .. route
end

local function add(set, name)
  if not set[name] then
    set[name], set[#set + 1] = true, name
  end
end

--- Statements that name a service, and which of their arguments does.
local SERVICE_ARGUMENT = {
  sql = 0, http = 0, exec = 0, filter = 0, suspend = 0, sleep = 1, schedule = 1, resolve = 2,
}

--- Notes which service is named. With `more`, a call gives further arguments that nobody knows.
function checker:service(proto, pc, name, first, given, more)
  local index = SERVICE_ARGUMENT[name]
  local service = index < given and literal(proto, pc, first + index)
  if index >= given and not more and index > 0 then service = "" end
  if service then self:add_use(line_of(proto, pc), name, service) end
end

function checker:add_use(line, kind, name)
  self.uses[#self.uses + 1] = line .. ":" .. kind .. ":" .. name
end

function checker:call(proto, pc, op, a, c, d, worker)
  local name = global(proto, pc, a)
  local given = op == CALL and c - 1 or op == CALLM and c or op == CALLT and d - 1 or d
  local first = a + FIRST
  if name == "async" or name == "launch" then
    self.direct = self.direct + 1
    self:reference(proto, pc, name, first, given)
  elseif name == "route" and given > 0 then
    local route = literal(proto, pc, first)
    if route then self:add_reference(line_of(proto, pc), route) end
  elseif name == "vars" then
    for i = 0, given - 1 do
      local variable = literal(proto, pc, first + i)
      if not variable then self:fail(line_of(proto, pc), "vars takes literals, as in \"name\"") end
      add(self.variables, variable)
      self:add_use(line_of(proto, pc), name, variable)
    end
  elseif SERVICE_ARGUMENT[name] and not worker then
    self:service(proto, pc, name, first, given, op == CALLM or op == CALLMT)
  end
end

--- The function of a field onexecute runs in another state, so it may use no local of this one.
function checker:worker(proto)
  local info = funcinfo(proto)
  if info.upvalues > 0 then
    local names = {}
    for i = 0, info.upvalues - 1 do names[i + 1] = funcuvname(proto, i) end
    self:fail(info.linedefined, "onexecute runs in another thread and can't use the local "
      .. "variable " .. concat(names, ", ") .. " of the function around it; pass it as data")
  end
end

--- An assignment to a field of a table.
function checker:store(proto, pc, value, t, name, workers)
  local op, _, _, d = definition(proto, pc, value)
  if name == "onexecute" and op == FNEW then
    local child = constant(proto, d)
    self:worker(child)
    workers[child] = true
  elseif global(proto, pc, t) == "route" then
    add(self.routes, name)
  end
end

--- Notes that a global is read in register `a`: whether it is there, or its value.
function checker:read(proto, pc, a, name)
  local op, tested_a, _, _, tested_d = instruction(proto, pc + 1)
  if TESTS[op] and (tested_a == a or tested_d == a) then
    self.tested[name] = true
  elseif op == CALL and pc > 1 and tested_a + FIRST == a and global(proto, pc, tested_a) == "type" then
    self.tested[name] = true
  elseif not self.globals[name] then
    self.globals[name] = line_of(proto, pc)
    self.globals[#self.globals + 1] = name
  end
end

function checker:find_workers(proto, last)
  local workers = {}
  for pc = 1, last do
    local op, a, b, c = instruction(proto, pc)
    if op == TSETS then
      self:store(proto, pc, a, b, constant(proto, c), workers)
    end
  end
  return workers
end

function checker:walk(proto, worker)
  local info = funcinfo(proto)
  local last = info.bytecodes - 1
  local workers = self:find_workers(proto, last)
  local uses = 0
  self.direct = 0
  for pc = 1, last do
    local op, a, b, c, d = instruction(proto, pc)
    if op == CALL or op == CALLT or op == CALLM or op == CALLMT then
      self:call(proto, pc, op, a, c, d, worker)
    elseif op == TGETS then
      local library = global(proto, pc, b)
      if library then self:field(proto, pc, library, constant(proto, c), worker) end
    elseif op == GSET then
      add(self.assigned, constant(proto, d))
      if definition(proto, pc, a) == FNEW then add(self.handlers, constant(proto, d)) end
    elseif op == GGET then
      local name = constant(proto, d)
      self:read(proto, pc, a, name)
      if name == "async" or name == "launch" then
        uses, self.use = uses + 1, { name, line_of(proto, pc) }
      end
    end
  end
  if uses > self.direct then
    self:fail(self.use[2], self.use[1] .. " must be called directly, so that its route is known")
  end
  for pc = 1, last do
    local op, _, _, _, d = instruction(proto, pc)
    if op == FNEW then
      local child = constant(proto, d)
      self:walk(child, worker or workers[child])
    end
  end
end

local function list(set)
  local names = {}
  for i, name in ipairs(set) do names[i] = name end
  return names
end

--- What the script names, or an error with file and line.
function E.check(name, source)
  local chunk, text = loadstring(source, "=" .. name, "t")
  if not chunk then
    error(text, 0)
  end
  local found = setmetatable({
    name = name, routes = {}, references = {}, variables = {}, handlers = {}, direct = 0,
    uses = {}, assigned = {}, globals = {}, tested = {},
  }, checker)
  found:walk(chunk, false)
  -- A function of the script's own may have such a name.
  local uses = {}
  for _, use in ipairs(found.uses) do
    if not found.assigned[use:match(":(%a+):")] then uses[#uses + 1] = use end
  end
  local globals = {}
  for _, name in ipairs(found.globals) do
    if not found.assigned[name] and not found.tested[name] then
      globals[#globals + 1] = found.globals[name] .. ":" .. name
    end
  end
  return {
    globals = globals, assigned = list(found.assigned),
    routes = list(found.routes), references = found.references, uses = uses,
    variables = list(found.variables), handlers = list(found.handlers),
  }
end
