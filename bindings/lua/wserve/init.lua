--- libwserve for Lua: an HTTP/1.1 application server inside your program.
--
--     local wserve = require "wserve"
--     wserve.serve{
--       listen = "127.0.0.1:8080",
--       app = function(req) req:reply(200, "text/plain", "Hello, World!\n") end,
--     }
--
-- The application runs on the thread that calls `serve`, which also turns the event loop: it is the fastest way, and
-- one slow request makes the others wait. With `workers = 4` it runs in four Lua states, each on a thread of its own;
-- `app` is then the name of a module, because a function cannot go from one state to another.
--
-- @module wserve

local core = require "wserve.core"
local Server = require "wserve.server"

local ABI = 1
if core.abi_version() ~= ABI then
  error(("wserve for Lua needs libwserve.so.%d, and found libwserve.so.%d"):format(ABI, core.abi_version()))
end

local wserve = {}

--- WSAPI, see @{wserve.wsapi}.
wserve.wsapi = require "wserve.wsapi"

--- Makes a server. Its table has, all of them optional but `app`:
--
-- * `app`: what answers the requests, called with a @{Request}: a function; or, always when there are workers, the name
--   of a module that returns such a function, or of a file, told by a `/` in it or by `.lua` at its end.
-- * `workers`: how many Lua states run the application, each on a thread of its own; 0, the default, runs it here.
--   Another name of the option `threads`.
-- * `logger`: a function that is called with the severity (`"debug"`, `"info"`, `"warning"`, `"error"`) and the text
--   of each line of the log; without it they go to standard error.
-- * `access_logger`: a function that is called with each line of the access log, as the option `access_log_format` says.
-- * `catch_signals`: false leaves SIGINT and SIGTERM alone. Otherwise, from @{Server:listen} to its end, the first of
--   them stops the server when all answers are given, and the second at once; it also interrupts the application,
--   unless that is inside a C function, or in a loop that LuaJIT has compiled.
-- * `ini`: an ini file, `"app.ini"` or `"app.ini#name"`, whose options and filters are taken; or a table of it and values
--   beyond those of its [DEFAULT]: `{ "app.ini", debug = "true" }`. What the table of options says overrules the file;
--   `threads` of the file does not count here.
-- * `filters`: a list of filters that come with the library, each a name, or a table of a name and settings:
--   `{ { "prefix", prefix = "/shop", scheme = "https" } }`.
-- * every option of the library by its name: `listen`, `url_prefix`, `trusted_proxy`, ... Values are texts, numbers,
--   booleans, or lists of texts where the option is a list.
--
-- @tparam table options
-- @treturn Server
-- @raise what is wrong, in the library's words: `threads must be 0..1024 or auto, got "many"`
function wserve.new(options)
  return Server.new(options, "plain")
end

--- Makes a server, and runs it until it is stopped.
-- @tparam table options as for @{wserve.new}
-- @raise as @{wserve.new} and @{Server:run}
function wserve.serve(options)
  Server.new(options, "plain"):run()
end

local function encode(path)
  return (path:gsub("[^%w%-%._~/!$&'()*+,;=:@]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

local function host_of(env)
  if env.HTTP_HOST and env.HTTP_HOST ~= "" then
    return env.HTTP_HOST
  end
  local usual_port = env["ws.url_scheme"] == "https" and "443" or "80"
  return env.SERVER_NAME .. (env.SERVER_PORT == usual_port and "" or ":" .. env.SERVER_PORT)
end

--- The URL of a request, or of another page of the application, as the client sees it: behind a trusted proxy with the
-- proxy's scheme, host and port, and with everything that the application is mounted below.
-- @tparam table env `req.env`, or the environment of a WSAPI application
-- @tparam[opt] string path a path below the application, such as `"/login"`, with its query, if it has one; already
-- encoded. Without it: the URL of this request
-- @treturn string such as `https://example.com/shop/login`
function wserve.url(env, path)
  if not path then
    path = encode(env.PATH_INFO) .. (env.QUERY_STRING ~= "" and "?" .. env.QUERY_STRING or "")
  end
  return env["ws.url_scheme"] .. "://" .. host_of(env) .. encode(env.SCRIPT_NAME) .. path
end

--- Waits. For applications with workers: without them, nothing else happens meanwhile.
-- @function wserve.sleep
-- @tparam number seconds decimals are allowed
wserve.sleep = core.sleep

--- The version of the library, such as `"1.0.0"`.
-- @treturn string
function wserve.version()
  return core.version()
end

-- Rows of a table of the library's, each with these columns.
local function describe(kind, ...)
  local rows = {}
  for index = 0, core[kind .. "_count"]() - 1 do
    local row = {}
    for _, column in ipairs { ... } do
      row[column] = core[kind .. "_" .. column](index)
    end
    rows[index + 1] = row
  end
  return rows
end

--- What the options of a server are, in the order of the manual.
-- @treturn table a list of tables with `name`, `type`, `unit`, `default`, `range`, `help` and `since`, all of them texts
function wserve.options()
  return describe("option", "name", "type", "unit", "default", "range", "help", "since")
end

--- What the numbers are that @{Server:stat} knows, in the order of the manual.
-- @treturn table a list of tables with `name`, `metric`, `labels`, `type`, `unit`, `help` and `since`, all of them texts
function wserve.stats()
  return describe("stat", "name", "metric", "labels", "type", "unit", "help", "since")
end

return wserve
