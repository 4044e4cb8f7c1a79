-- Sends back what comes, piece by piece: a body of any size takes little memory here. Run it: lua echo.lua [ADDRESS]
local wserve = require "wserve"

local PIECE = 64 * 1024

local server = wserve.new{
  listen = arg[1] or "127.0.0.1:8080",
  app = function(req)
    req:start(200, req:header("Content-Type") or "application/octet-stream")
    local piece = req:read(PIECE)
    while piece and req:write(piece) do
      piece = req:read(PIECE)
    end
  end,
}
server:listen()
print("Serving on http://" .. server:address())
io.stdout:flush()
server:run()
