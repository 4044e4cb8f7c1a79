--- Runs WSAPI applications.
--
--     local wsapi = require "wserve.wsapi"
--     wsapi.run(function(env)
--       return 200, { ["Content-Type"] = "text/plain" }, coroutine.wrap(function()
--         coroutine.yield("Hello, World!\n")
--       end)
--     end, { listen = "127.0.0.1:8080" })
--
-- An application is called with an environment and returns a status (`200` or `"200 OK"`), a table of fields (a list of
-- values for one that comes several times), and an iterator that returns the body piece by piece. It is a function, a
-- table with a function `run`, or the name of a module or file that returns one of these.
--
-- The environment has the variables of CGI, and `""` for each that is not set; `input:read(n)`, `input.length` and
-- `error:write(...)`. `HTTPS` is `on`, and `REQUEST_SCHEME` `https`, when the client uses https, as far as the server or
-- a trusted proxy knows. `wserve.url(env)` makes absolute URLs of it.
--
-- @module wserve.wsapi

local application = require "wserve.application"
local core = require "wserve.core"

local wsapi = {}

-- -- The environment --

local Input = {}
Input.__index = Input

function Input:read(limit)
  local bytes = core.read(self.handle, limit)
  if bytes ~= "" then
    return bytes
  end
end

local Errors = {}

function Errors.write(_, ...)
  io.stderr:write(...)
  return true
end

local Environment = {}

function Environment.__index()
  return ""
end

local function make_environment(handle, folder)
  local env = core.environ(handle)
  if env.PATH_INFO == "" then
    env.PATH_INFO = "/"
  end
  local scheme = env["ws.url_scheme"]
  env.REQUEST_SCHEME = scheme
  if scheme == "https" then
    env.HTTPS = "on"
  end
  env.APP_PATH = folder
  env.GATEWAY_INTERFACE = "CGI/1.1"
  env.input = setmetatable({ handle = handle, length = tonumber(env.CONTENT_LENGTH) or 0 }, Input)
  env.error = Errors
  return setmetatable(env, Environment)
end

-- -- The answer --

local function send_pieces(handle, iterator)
  local write = core.write
  local piece = iterator()
  while piece do
    if not write(handle, piece) then
      return -- nobody reads it
    end
    piece = iterator()
  end
end

local function send(handle, status, fields, body)
  if type(body) == "string" then
    core.reply(handle, status, fields, body)
    return
  end
  core.start(handle, status, fields)
  if body then
    send_pieces(handle, body)
  end
end

-- -- The application --

local function find_run(app, folder)
  if type(app) == "string" then
    local found, found_folder = application.find(app)
    if type(found) == "string" then
      error(("the application %q returns a text"):format(app), 0)
    end
    return find_run(found, found_folder)
  elseif type(app) == "table" and app.run then
    return app.run, folder
  elseif type(app) == "function" then
    return app, folder
  end
  error(("a WSAPI application is a function, a table with a function run, or the name of a module or file that "
    .. "returns one of them, got a %s"):format(type(app)), 0)
end

--- Makes of a WSAPI application one for `wserve.serve`, without workers.
-- @param app the application
-- @treturn function
function wsapi.handler(app)
  local run, folder = find_run(app, "")
  return function(request)
    local handle = request.handle
    send(handle, run(make_environment(handle, folder)))
  end
end

--- Makes a server for a WSAPI application.
-- @param app the application; with workers the name of its module or file
-- @tparam[opt] table options as for `wserve.new`, without `app`
-- @treturn Server
function wsapi.new(app, options)
  local all = {}
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  all.app = app
  return require("wserve.server").new(all, "wsapi")
end

--- Runs a WSAPI application until the server is stopped.
-- @param app as for @{new}
-- @tparam[opt] table options as for @{new}
-- @raise as `wserve.serve`
function wsapi.run(app, options)
  wsapi.new(app, options):run()
end

return wsapi
