--- A server: set up by @{wserve.new}, run by `run`.
--
-- @classmod Server

local application = require "wserve.application"
local core = require "wserve.core"
local loop = require "wserve.loop"

local Server = {}
Server.__index = Server

local MAX_ACCESS_LINES = 10000 -- that wait for the logger; more are lost, and counted in the log

-- Fields of the table of options that are not options of the library.
local own_fields = { access_logger = true, app = true, catch_signals = true, filters = true, ini = true, logger = true }

local severities = {
  [core.LOG_DEBUG] = "debug",
  [core.LOG_INFO] = "info",
  [core.LOG_WARNING] = "warning",
  [core.LOG_ERROR] = "error",
}

-- Type and range of an option of the library; nil for what is none, such as a setting of a filter.
local function describe(name)
  local known = name == "workers" and "threads" or name:gsub("-", "_")
  for index = 0, core.option_count() - 1 do
    if core.option_name(index) == known then
      return core.option_type(index), core.option_range(index)
    end
  end
end

local function refuse_type(name, value)
  local kind, range = describe(name)
  local allowed = "a text, a number or a boolean"
  if kind == "list" then
    allowed = "a text, or a list of texts"
  elseif kind == "bool" then
    allowed = "true or false"
  elseif kind then
    allowed = range ~= "" and range or "a text"
  end
  error(("%s must be %s, got a %s"):format(name, allowed, type(value)), 0)
end

local to_text

local function to_words(name, list)
  local words = {}
  for index, word in ipairs(list) do
    words[index] = type(word) ~= "table" and to_text(name, word) or refuse_type(name, word)
  end
  return table.concat(words, " ")
end

-- An option's value as the text that the library reads.
function to_text(name, value)
  local kind = type(value)
  if kind == "string" then
    return value
  elseif kind == "number" then
    return value == math.floor(value) and ("%.0f"):format(value) or tostring(value)
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "table" and (describe(name) or "list") == "list" then
    return to_words(name, value)
  end
  return refuse_type(name, value)
end

-- The handle is asked for each time: after close() there is none.
local function handle(self)
  return core.server_of(self.host)
end

-- In order, so that of several mistakes the same one is named each time.
local function sorted_names(options, unwanted)
  local names = {}
  for name in pairs(options) do
    if not unwanted[name] then
      names[#names + 1] = tostring(name)
    end
  end
  table.sort(names)
  return names
end

-- "prefix", or { "prefix", prefix = "/shop" }: the name, and its settings as the library reads them.
local function name_and_settings(what, described)
  if type(described) == "string" then
    return described, nil
  elseif type(described) ~= "table" or type(described[1]) ~= "string" then
    error(("%s must be a text, or a table with a text and settings, got a %s"):format(what, type(described)), 0)
  end
  local settings = {}
  for _, name in ipairs(sorted_names(described, { true })) do
    local value = to_text(name, described[name]):gsub('[\\"]', "\\%0")
    settings[#settings + 1] = ('%s="%s"'):format(name, value)
  end
  return described[1], table.concat(settings, " ")
end

local function load_ini(self, ini)
  handle(self):load_settings(name_and_settings("ini", ini))
end

local function use_filters(self, filters)
  if type(filters) ~= "table" then
    error(("filters must be a list, got a %s"):format(type(filters)), 0)
  end
  for _, filter in ipairs(filters) do
    handle(self):use_named(name_and_settings("a filter", filter))
  end
end

local function set_options(self, options)
  if options.ini ~= nil then
    load_ini(self, options.ini)
  end
  use_filters(self, options.filters or {})
  local names = sorted_names(options, own_fields)
  handle(self):set("threads", "0")
  for _, name in ipairs(names) do
    handle(self):set(name == "workers" and "threads" or name, to_text(name, options[name]))
  end
end

-- What the types of app can be, before there is anything to be loaded.
local app_types = {
  plain = { ["function"] = true, string = true },
  wsapi = { ["function"] = true, string = true, table = true },
}

local function check_own_fields(options, kind)
  if options.app == nil then
    error("app is missing: what shall answer the requests?", 0)
  elseif not app_types[kind][type(options.app)] then
    error(("app must be a function, or the name of a module or file that returns one, got a %s")
      :format(type(options.app)), 0)
  end
  for _, name in ipairs{ "logger", "access_logger" } do
    if options[name] ~= nil and type(options[name]) ~= "function" then
      error(("%s must be a function, got a %s"):format(name, type(options[name])), 0)
    end
  end
end

-- What the library's threads have for Lua besides its log.
local function keep_lines(self)
  if self.access_logger then
    handle(self):keep_access(MAX_ACCESS_LINES)
  end
  if self:get("slow_request") ~= "0" and self:get("slow_request_stack") == "signal" then
    core.keep_slow(self.host)
  end
end

-- For wserve.new and wserve.wsapi.new.
function Server.new(options, kind)
  if type(options) ~= "table" then
    error(("a table of options is wanted, got a %s"):format(type(options)), 0)
  end
  check_own_fields(options, kind)
  local self = setmetatable({
    app = options.app,
    kind = kind,
    logger = options.logger,
    access_logger = options.access_logger,
    catches_signals = options.catch_signals ~= false,
    host = core.new_host(options.logger ~= nil),
  }, Server)
  set_options(self, options)
  keep_lines(self)
  return self
end

--- Checks the options together and binds the addresses. `run` and `step` do it when it was not done.
-- @treturn Server itself
-- @raise what is wrong, in the library's words
function Server:listen()
  handle(self):listen()
  self.is_listening = true
  if self.catches_signals then
    core.catch_signals(self.host)
  end
  return self
end

--- Checks the options together, and what they need of the system (`access_log`, `temporary_directory`, `metrics_listen`),
-- without listening.
-- @treturn Server itself
-- @raise what is wrong, in the library's words
function Server:check()
  handle(self):check()
  return self
end

local function to_lines(fields)
  local lines = {}
  for _, name in ipairs(sorted_names(fields, {})) do
    local values = type(fields[name]) == "table" and fields[name] or { fields[name] }
    for _, value in ipairs(values) do
      lines[#lines + 1] = name .. ": " .. value
    end
  end
  return table.concat(lines, "\n")
end

--- Explains what the server would believe of a request's proxy headers: hop by hop what is trusted and what is dropped,
-- and what the application would be told in the end.
-- @tparam string peer who would connect: `ADDRESS`, `ADDRESS:PORT`, `[IPV6]:PORT` or `unix:`
-- @tparam[opt] table|string fields of the request: name = value, or name = list of values; or `Name: value` lines
-- @treturn string for people, in lines
-- @raise what is wrong with the peer or the fields, in the library's words
function Server:explain_proxy(peer, fields)
  return core.explain_proxy(self.host, peer, type(fields) == "table" and to_lines(fields) or fields or "")
end

--- Address of a listener, such as `127.0.0.1:8080`.
-- @tparam[opt=1] number index
-- @treturn ?string nil when there is no such listener
function Server:address(index)
  return handle(self):address((index or 1) - 1)
end

--- TCP port of a listener: for port 0 the one that was taken.
-- @tparam[opt=1] number index
-- @treturn number 0 for a Unix socket, -1 when there is no such listener
function Server:port(index)
  return handle(self):port((index or 1) - 1)
end

--- Text of an option.
-- @tparam string name
-- @treturn ?string what was set, or the default; nil for a name that is no option
function Server:get(name)
  return handle(self):get(name)
end

--- One number about the server.
-- @tparam string name `"connections"` (open now), `"requests"` (taken so far) or `"waiting"`
-- @treturn number -1 for any other name
function Server:stat(name)
  return handle(self):stat(name)
end

local function pass_on_access(self)
  local line = core.next_access(self.host)
  while line do
    local is_good, problem = pcall(self.access_logger, line)
    if not is_good then
      io.stderr:write("wserve: error: the access logger failed: ", tostring(problem), "\n")
    end
    line = core.next_access(self.host)
  end
end

local function pass_on_lines(self)
  if self.access_logger then
    pass_on_access(self)
  end
  if not self.logger then
    return
  end
  local severity, line = core.next_line(self.host)
  while severity do
    local is_good, problem = pcall(self.logger, severities[severity], line)
    if not is_good then
      io.stderr:write("wserve: error: the logger failed: ", tostring(problem), "\nwserve: ", line, "\n")
    end
    severity, line = core.next_line(self.host)
  end
end

local function load_here(self)
  local host = self.host
  function self.report(problem)
    core.report(host, problem)
  end
  self.serve = loop.make_server(application.load(self.kind, self.app), self.report)
end

local function load_in_states(self, threads)
  if type(self.app) ~= "string" then
    error(("with %d workers app must be the name of a module or file: a %s cannot go to another Lua state")
      :format(threads, type(self.app)), 0)
  end
  for _ = 1, threads do
    core.new_state(self.host, package.path, package.cpath, self.kind, self.app)
  end
end

--- Loads the application; with workers, in the Lua state of each. `run` and `step` do it when it was not done, before they
-- listen: a server whose application cannot be loaded takes no request, nor the place of another one.
-- @treturn Server itself
-- @raise what is wrong with the application
function Server:load()
  local threads = tonumber(self:get("threads"))
  if not self.is_loaded and threads == 0 then
    load_here(self)
  elseif not self.is_loaded then
    load_in_states(self, threads)
  end
  self.is_loaded = true
  return self
end

local function start(self)
  handle(self):start()
  if self.access_logger then
    core.watch_access(self.host)
  end
  core.start_slow(self.host)
end

-- Everything that must be there before the first request is taken on this thread.
local function start_here(self)
  self.worker = core.worker_of(self.host)
  start(self)
end

local function run_here(self)
  if not self.worker then
    start_here(self)
  end
  core.enter_slow(self.host)
  loop.run(self.worker, self.serve, self.report, (self.logger or self.access_logger) and function()
    pass_on_lines(self)
  end)
  core.leave_slow(self.host)
  self.worker = nil
end

local function run_states(self)
  start(self)
  core.start_states(self.host)
  local running
  repeat
    running = core.wait_for_states(self.host)
    pass_on_lines(self)
  until running
  if running > 0 then
    core.report(self.host, ("%d worker(s) still running the application"):format(running))
  end
end

local function prepare(self)
  self:load()
  if not self.is_listening then
    self:listen()
  end
end

local function run(self)
  prepare(self)
  if tonumber(self:get("threads")) == 0 then
    run_here(self)
  else
    run_states(self)
  end
end

--- Serves until the server is stopped: by a signal, or by `stop`.
-- @raise what `listen` raises, and what is wrong with the application
function Server:run()
  self.is_running = true
  local is_good, problem = pcall(run, self)
  self.is_running = false
  core.release_signals(self.host)
  pass_on_lines(self)
  if not is_good then
    self:close()
    if not tostring(problem):find(loop.INTERRUPTED, 1, true) then
      error(problem, 0)
    end
  end
end

local LONGEST_MS = 2 ^ 31 - 1

local function to_milliseconds(seconds)
  return math.floor(math.min(seconds * 1000, LONGEST_MS))
end

--- Serves one request at most, for programs with a loop of their own. Not with workers.
-- @tparam[opt=0] number timeout seconds to wait for a request; decimals are allowed
-- @treturn boolean false when the server has stopped
function Server:step(timeout)
  if not self.worker then
    if self:get("threads") ~= "0" then
      error("step() is for a server without workers", 2)
    end
    prepare(self)
    start_here(self)
  end
  local request, status, problem = core.take(self.worker, to_milliseconds(timeout or 0))
  if request then
    self.serve(request)
  elseif problem then
    error(problem, 0)
  end
  pass_on_lines(self)
  return status ~= core.CLOSED
end

--- Asks the server to stop, and returns at once: it takes no more connections, answers the requests it has taken, and
-- cuts what is left in the end. It goes on serving meanwhile: `run` returns when everything is done.
-- @tparam[opt] number limit seconds until open connections are cut; without it, the option `stop_timeout`
function Server:stop(limit)
  if limit then
    handle(self):drain(to_milliseconds(limit))
  else
    handle(self):stop()
  end
end

--- Ends the server at once and gives everything back. The garbage collector does it too. While `run` runs, it only stops.
function Server:close()
  if self.is_running then
    self:stop(0)
  else
    core.close_host(self.host)
  end
end

return Server
