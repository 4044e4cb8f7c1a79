-- A WSAPI application. Run it: wserve-lua hello_wsapi.lua, or, in four Lua states, wserve-lua --workers=4 hello_wsapi.lua
return function(env)
  local function body()
    coroutine.yield("Hello, " .. env.REMOTE_ADDR .. "!\n")
  end
  return 200, { ["Content-Type"] = "text/plain" }, coroutine.wrap(body)
end
