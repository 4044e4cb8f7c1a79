-- A server in the test's own Lua state, and clients of it: what waits for the server makes it serve.
local wserve = require "wserve"

local Client = require "support.client"

local here = {}

-- `app` is a function, or a table of options with one.
function here.server(app)
  local options = type(app) == "table" and app or { app = app }
  options.listen = options.listen or "127.0.0.1:0"
  options.catch_signals = false
  options.log_level = options.log_level or "none"
  return wserve.new(options):listen()
end

function here.connect(server)
  return Client.connect(server:port(), function()
    server:step(0.01)
  end)
end

-- One request to an application, on a server of its own.
function here.ask(app, method, target, body, fields)
  local server = here.server(app)
  local client = here.connect(server)
  local response = client:exchange(method or "GET", target or "/", body, fields)
  client:close()
  server:close()
  return response
end

return here
