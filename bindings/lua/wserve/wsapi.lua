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
-- table with a function `run`, or the name of a module or file that returns one of these. For a HEAD request the iterator
-- is not called.
--
-- The environment has the variables of CGI, and `""` for each that is not set; `input:read(n)`, `input.length` and
-- `error:write(...)`. A variable is looked up when it is asked for: `pairs()` does not find them, and once the
-- application's iterator has ended reading one is an error. `HTTPS` is `on`, and `REQUEST_SCHEME` `https`, when the client
-- uses https, as far as the server or a trusted proxy knows. `wserve.url(env)` makes absolute URLs of it.
--
-- `input:read` gives nil at the end of the body, and nil and a message when a client leaves before it. With the option
-- `body_streaming` it waits for the client; without workers nobody can wait, and what has not come yet is an error.
--
-- @module wserve.wsapi

local application = require "wserve.application"
local core = require "wserve.core"

local wsapi = {}

-- -- The environment --

local Input = {}
Input.__index = Input

function Input:read(limit)
  local bytes, problem = core.read(self.handle, limit)
  if bytes ~= "" then
    return bytes, problem
  end
end

local Errors = {}

function Errors.write(_, ...)
  io.stderr:write(...)
  return true
end

-- What WSAPI has and the library's environ has not, or not so.
local derived = {}

function derived.PATH_INFO(handle)
  local path = core.get(handle, "PATH_INFO")
  return path ~= "" and path or "/"
end

function derived.REQUEST_SCHEME(handle)
  return core.get(handle, "ws.url_scheme")
end

function derived.HTTPS(handle)
  return core.get(handle, "ws.url_scheme") == "https" and "on" or ""
end

function derived.input(handle)
  local length = tonumber(core.get(handle, "CONTENT_LENGTH")) or 0
  return setmetatable({ handle = handle, length = length }, Input)
end

local HANDLE = {} -- the key of an environment's handle

-- The metatable of an application's environments. Most applications read a few variables: each is looked up when it is
-- asked for, which is cheaper than a table of all.
local function environments_of(folder)
  local get = core.get
  local fixed = { APP_PATH = folder, GATEWAY_INTERFACE = "CGI/1.1", error = Errors }
  local function look_up(env, name)
    local make = derived[name]
    if make then
      local value = make(env[HANDLE])
      rawset(env, name, value)
      return value
    end
    return fixed[name] or get(env[HANDLE], name) or ""
  end
  return { __index = look_up }
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
  if body and core.get(handle, "REQUEST_METHOD") == "HEAD" then
    handle:flush() -- nobody would see the pieces, which may be without end
  elseif body then
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
  local metatable = environments_of(folder)
  return function(request)
    local handle = request.handle
    send(handle, run(setmetatable({ [HANDLE] = handle }, metatable)))
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
