-- What the tests of life and death serve, in its own process: options as NAME=VALUE.
local wserve = require "wserve"

local options = { listen = "127.0.0.1:0", log_level = "error" }
for _, argument in ipairs(arg) do
  local name, value = argument:match("^([^=]+)=(.*)$")
  options[name] = value
end

function options.app(req)
  local path = req.env.PATH_INFO
  if path == "/raise" then
    error("as asked")
  elseif path == "/busy" then
    print("busy")
    io.stdout:flush()
    wserve.sleep(0.3)
  elseif path == "/blocked" then
    print("blocked")
    io.stdout:flush()
    assert(io.open(req.env.QUERY_STRING))
  elseif path == "/endless" then
    print("endless")
    io.stdout:flush()
    if jit then
      jit.off() -- loops that LuaJIT has compiled notice no hook
    end
    local count = 0
    while true do
      count = count + 1
    end
  end
  req:reply(200, "text/plain", "Hello\n")
end

local server = wserve.new(options):listen()
print("Serving on " .. server:address())
io.stdout:flush()
server:run()
print("run has returned")
