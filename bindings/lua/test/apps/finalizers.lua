-- A WSAPI application whose finalizers fail. Before Lua 5.4 that is an error wherever the collector runs.
-- LuaJIT itself does not survive that in code that it has compiled.
if jit then -- luacheck: ignore 113
  jit.off() -- luacheck: ignore 113
end

local function leave_garbage()
  local function fail()
    error("as asked, in a finalizer")
  end
  if _VERSION == "Lua 5.1" then
    getmetatable(newproxy(true)).__gc = fail
  else
    setmetatable({}, { __gc = fail })
  end
end

return function()
  for _ = 1, 20 do
    leave_garbage()
  end
  return 200, { ["Content-Type"] = "text/plain" }, "fine"
end
