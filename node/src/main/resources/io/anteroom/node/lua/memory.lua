-- SPDX-License-Identifier: Apache-2.0
--
-- The hard limit of memory: an allocator between LuaJIT and its own one. LuaJIT has no other way
-- to bound what one instruction (`..`) or one C function (string.rep) allocates, and no hook runs
-- inside of them. The allocator must be C code that calls nothing of Java or Lua, so it is a few
-- bytes of machine code, which are written to a page of memory once in a process.
--
--   allocate(state, pointer, old size, new size):
--     used' = used - old size + new size
--     if new size > old size:
--       if used' > limit or new size > single: refused = 1; return null
--       if volume + new size > volume limit: refused = 2; return null
--       volume = volume + new size
--     used = used'
--     return (the allocator of LuaJIT)(its state, pointer, old size, new size)     -- a jump
--
-- LuaJIT raises "not enough memory" when it gets null. All allocation happens in a protected call
-- (see prelude.lua), so this never ends the process. Where the page can't be made executable, and
-- on other processors, E.mem stays nil: then the hook measures the memory every few instructions.

local E = ...
local ffi = require("ffi")

ffi.cdef [[
typedef struct { void *f; void *ud; size_t used; size_t limit; size_t refused;
                 size_t volume; size_t volume_limit; size_t single; } anteroom_memory;
typedef void *(*anteroom_alloc)(void *, void *, size_t, size_t);
anteroom_alloc lua_getallocf(void *, void **);
void lua_setallocf(void *, anteroom_alloc, void *);
void *mmap(void *, size_t, int, int, int, long);
int mprotect(void *, size_t, int);
int munmap(void *, size_t);
void *calloc(size_t, size_t);
void free(void *);
]]

local C = ffi.C

-- System V calling convention: rdi state, rsi pointer, rdx old size, rcx new size.
local X64 = [[
f30f1efa    endbr64
488b4710    mov  rax, [rdi + 16]
4829d0      sub  rax, rdx
4801c8      add  rax, rcx
4839d1      cmp  rcx, rdx
761d        jbe  allocate
483b4718    cmp  rax, [rdi + 24]
7724        ja   refuse
483b4f38    cmp  rcx, [rdi + 56]
771e        ja   refuse
4c8b4728    mov  r8, [rdi + 40]
4901c8      add  r8, rcx
4c3b4730    cmp  r8, [rdi + 48]
771b        ja   busy
4c894728    mov  [rdi + 40], r8
48894710    allocate: mov [rdi + 16], rax
488b07      mov  rax, [rdi]
488b7f08    mov  rdi, [rdi + 8]
ffe0        jmp  rax
c7472001000000  refuse: mov dword [rdi + 32], 1
31c0        xor  eax, eax
c3          ret
c7472002000000  busy: mov dword [rdi + 32], 2
31c0        xor  eax, eax
c3          ret
]]

local function code()
  local parts = {}
  for hex in string.gmatch(X64, "(%x+)  [^\n]*\n") do
    for octet in string.gmatch(hex, "%x%x") do
      parts[#parts + 1] = string.char(tonumber(octet, 16))
    end
  end
  return table.concat(parts)
end

local READ_WRITE, READ_EXECUTE, PRIVATE_ANONYMOUS = 3, 5, 0x22
local PAGE = 4096

--- The address of the code, or nil.
local function map()
  local page = C.mmap(nil, PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0)
  if ffi.cast("intptr_t", page) == -1 then return nil end
  local text = code()
  ffi.copy(page, text, #text)
  if C.mprotect(page, PAGE, READ_EXECUTE) ~= 0 then
    C.munmap(page, PAGE)
    return nil
  end
  return tonumber(ffi.cast("intptr_t", page))
end

if ffi.os == "Linux" and ffi.arch == "x64" and E.bytes > 0 then
  E.code = E.code ~= 0 and E.code or map()
end

if E.code and E.code ~= 0 then
  local L = ffi.cast("void *", ffi.cast("intptr_t", E.state))
  local mem = ffi.cast("anteroom_memory *", C.calloc(1, ffi.sizeof("anteroom_memory")))
  E.mem = mem

  local RESERVE = 65536
  local limit = 0

  --- Puts the allocator in place. Nothing is refused before.
  function E.install()
    local ud = ffi.new("void *[1]")
    local f = C.lua_getallocf(L, ud)
    mem.f, mem.ud = ffi.cast("void *", f), ud[0]
    mem.used = collectgarbage("count") * 1024
    limit = collectgarbage("count") * 1024 + E.bytes
    mem.limit = limit
    mem.single = E.bytes / 8 + 4096
    mem.volume_limit = E.step == 0 and 2 ^ 60 or E.bytes * 4 + E.instructions * 64
    C.lua_setallocf(L, ffi.cast("anteroom_alloc", ffi.cast("intptr_t", E.code)), mem)
  end

  --- Has some more memory ready, so that the engine can say that a script has used up its own.
  function E.reserve(on) mem.limit = limit + (on and RESERVE or 0) end

  --- Gives LuaJIT its allocator back, which it needs in order to free its memory at once.
  function E.release()
    if E.mem then
      E.mem = nil
      C.lua_setallocf(L, ffi.cast("anteroom_alloc", mem.f), mem.ud)
      C.free(mem)
    end
  end
end
