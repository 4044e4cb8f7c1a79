-- The routes of the echo app in Lua; README.md lists them.
local wserve = require "wserve"
local descriptor = require "descriptor"

local TEXT, BINARY = "text/plain", "application/octet-stream"
local PIECE = 64 * 1024

local is_under_stress = os.getenv("WSERVE_GC_STRESS") ~= nil
if is_under_stress then
  collectgarbage("setpause", 1)
  collectgarbage("setstepmul", 10000)
end

local routes = {}

function routes.hello(req)
  req:reply(200, TEXT, "Hello, World!\n")
end

function routes.echo(req)
  req:reply(200, req:header("Content-Type") or BINARY, req:read())
end

local function copy_body(req)
  local piece = req:read(PIECE)
  while piece and req:write(piece) do
    piece = req:read(PIECE)
  end
end

function routes.stream(req)
  req:start(200, BINARY)
  copy_body(req)
end

function routes.count(req)
  local all = 0
  local piece = req:read(PIECE)
  while piece do
    all = all + #piece
    piece = req:read(PIECE)
  end
  req:reply(200, TEXT, string.format("%d\n", all))
end

function routes.twice(req)
  local body = req:read()
  req:rewind()
  req:reply(200, BINARY, body .. req:read())
end

-- "HTTP_X_ONE" becomes "field.x-one".
local function field_lines(env)
  local lines = {}
  for key, value in pairs(env) do
    local name = key:match("^HTTP_(.*)")
    if name then
      lines[#lines + 1] = ("field.%s=%s\n"):format(name:lower():gsub("_", "-"), value)
    end
  end
  table.sort(lines)
  return table.concat(lines)
end

function routes.request(req)
  local env = req.env
  local lines = {
    "method=" .. env.REQUEST_METHOD,
    "url=" .. wserve.url(env),
    "scheme=" .. env["ws.url_scheme"],
    "script_name=" .. env.SCRIPT_NAME,
    "path_info=" .. env.PATH_INFO,
    "query_string=" .. env.QUERY_STRING,
    "protocol=" .. env.SERVER_PROTOCOL,
    "remote_addr=" .. env.REMOTE_ADDR,
    "content_type=" .. (env.CONTENT_TYPE or ""),
    "content_length=" .. (env.CONTENT_LENGTH or ""),
    field_lines(env),
  }
  req:reply(200, TEXT, table.concat(lines, "\n"))
end

function routes.fields(req)
  req:reply(200, {
    ["Content-Type"] = TEXT,
    ["X-Repeat"] = { "one", "two" },
    ["Set-Cookie"] = { "a=1", "b=2" },
    ["X-Empty"] = "",
  }, "fields\n")
end

function routes.once(req)
  req:reply(200, { ["Content-Type"] = { "text/html", TEXT }, Location = { "/a", "/b" } }, "once\n")
end

routes["upgrade-required"] = function(req)
  req:reply(426, { ["Content-Type"] = TEXT, Upgrade = "TLS/1.3" }, "use TLS\n")
end

function routes.status(req, rest)
  local status = tonumber(rest)
  if status == 204 or status == 304 then
    req:reply(status)
  else
    req:reply(status, TEXT, ("status %d\n"):format(status))
  end
end

function routes.binary(req)
  local bytes = {}
  for i = 0, 255 do
    bytes[i + 1] = string.char(i)
  end
  req:reply(200, BINARY, table.concat(bytes))
end

function routes.large(req, rest)
  local cycle = {}
  for i = 0, 250 do
    cycle[i + 1] = string.char(i)
  end
  local size = tonumber(rest)
  local bytes = table.concat(cycle):rep(math.ceil(size / 251))
  req:reply(200, BINARY, bytes:sub(1, size))
end

function routes.file(req)
  local file = assert(io.open(req.env.QUERY_STRING, "rb"))
  local size = file:seek("end")
  req:start(200, { ["Content-Type"] = BINARY, ["Content-Length"] = ("%d"):format(size) })
  req:send_file(file)
  file:close()
end

function routes.early(req)
  req:interim(103, { Link = "</style.css>; rel=preload" })
  routes.hello(req)
end

function routes.trailer(req)
  req:start(200, TEXT)
  req:write("trailer\n")
  req:add_trailer("X-Sum", "8")
end

local function write_first(req)
  req:start(200, TEXT)
  req:write("first\n")
  req:flush()
end

function routes.flush(req)
  write_first(req)
  local fifo = assert(io.open(req.env.QUERY_STRING, "r"))
  fifo:read("*a")
  fifo:close()
  req:write("second\n")
end

function routes.raise()
  error("raised as asked")
end

routes["raise-late"] = function(req)
  write_first(req)
  error("raised as asked")
end

function routes.drop()
end

local function tell(path, ...)
  local fifo = assert(io.open(path, "w"))
  fifo:write(...)
  fifo:close()
end

function routes.finished(req)
  local path = req.env.QUERY_STRING
  routes.hello(req)
  tell(path, pcall(req.write, req, "more") and "accepted\n" or "refused\n")
end

local function reply_missing(req)
  req:reply(404, TEXT, "no such route\n")
end

function routes.gone(req)
  if req.env["ws.multithread"] == "false" then
    return reply_missing(req) -- on the event loop's thread: nobody notices while this waits
  end
  local fifo = assert(io.open(req.env.QUERY_STRING, "w"))
  fifo:write("waiting\n")
  fifo:flush()
  for _ = 1, 1000 do
    if req:gone() then
      break
    end
    wserve.sleep(0.01)
  end
  fifo:write(req:gone() and "gone\n" or "still there\n")
  fifo:close()
end

function routes.upgrade(req)
  local taken, bytes = req:detach()
  descriptor.write(taken, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
  repeat
    descriptor.write(taken, bytes)
    bytes = descriptor.read(taken)
  until bytes == ""
  descriptor.close(taken)
end

return function(req)
  if is_under_stress then
    collectgarbage()
  end
  local name, rest = req.env.PATH_INFO:match("^/([^/]*)/?(.*)$")
  local route = routes[name]
  if route then
    route(req, rest)
  else
    reply_missing(req)
  end
end
