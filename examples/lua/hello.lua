-- A short text for everybody. Run it: lua hello.lua [ADDRESS]
local wserve = require "wserve"

local server = wserve.new{
  listen = arg[1] or "127.0.0.1:8080",
  app = function(req)
    req:reply(200, "text/plain", "Hello, World!\n")
  end,
}
server:listen()
print("Serving on http://" .. server:address())
io.stdout:flush()
server:run()
