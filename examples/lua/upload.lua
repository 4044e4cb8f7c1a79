-- Takes files: PUT /name keeps the body, GET /name gives it back without reading it into memory.
-- A body has arrived as a whole before the application is called; streamed_upload.lua reads it while it comes.
-- Run it: lua upload.lua [ADDRESS [FOLDER]], then: curl -T picture.png http://127.0.0.1:8080/picture.png
local wserve = require "wserve"

local PIECE = 64 * 1024
local folder = arg[2] or "."

local function keep(req, path)
  local file = assert(io.open(path, "wb"))
  local size = 0
  local piece = req:read(PIECE)
  while piece do
    size = size + #piece
    assert(file:write(piece))
    piece = req:read(PIECE)
  end
  assert(file:close())
  req:reply(201, { Location = wserve.url(req.env), ["Content-Type"] = "text/plain" }, ("%d bytes\n"):format(size))
end

local function give(req, path)
  local file = io.open(path, "rb")
  if not file then
    error{ 404, "no such file\n" }
  end
  local size = ("%d"):format(file:seek("end"))
  req:start(200, { ["Content-Type"] = "application/octet-stream", ["Content-Length"] = size })
  req:send_file(file)
  file:close()
end

local methods = { GET = give, HEAD = give, PUT = keep }

local server = wserve.new{
  listen = arg[1] or "127.0.0.1:8080",
  max_request_body_size = 100 * 1024 * 1024,
  app = function(req)
    local name = req.env.PATH_INFO:match("^/([%w_][%w_.-]*)$")
    local method = methods[req.env.REQUEST_METHOD]
    if not name then
      error{ 404, "a name has letters, digits, dots, dashes and underscores\n" }
    elseif not method then
      error{ 405, "GET and PUT are understood\n" }
    end
    method(req, folder .. "/" .. name)
  end,
}
server:listen()
print("Serving on http://" .. server:address())
io.stdout:flush()
server:run()
