-- Server-sent events: one every second, until the client leaves or the server stops. Each client keeps a worker busy, so
-- there are many. The file is both: the program, and the application that each worker loads.
-- Run it: lua events.lua [ADDRESS], and look: curl -N http://127.0.0.1:8080/
local wserve = require "wserve"

local function app(req)
  req:start(200, { ["Content-Type"] = "text/event-stream", ["Cache-Control"] = "no-store" })
  local tick = 0
  repeat
    tick = tick + 1
    local is_sent = req:write(("data: tick %d\n\n"):format(tick))
    wserve.sleep(tick == 1 and 0 or 1)
  until not is_sent or req:gone()
end

local is_program = arg and arg[0] and arg[0]:match("events%.lua$")
if not is_program then
  return app
end

local server = wserve.new{
  listen = arg[1] or "127.0.0.1:8080",
  workers = 32,
  app = arg[0]:find("/", 1, true) and arg[0] or "./" .. arg[0],
}
server:listen()
print("Serving on http://" .. server:address())
io.stdout:flush()
server:run()
