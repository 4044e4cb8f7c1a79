-- From what the user calls an application to a function that is called with a Request.

local application = {}

local function is_file(name)
  return name:find("/", 1, true) or name:find("%.lua$") or name:find("%.ws$")
end

-- As the launchers of WSAPI do it: the application finds the modules that lie beside it, and where it lies. Its file may
-- return it, or be a module that sets itself up (Lua 5.1's module()).
local function load_file(path)
  local folder, file = path:match("^(.*)/([^/]+)$")
  folder, file = folder or ".", file or path
  local module_name = file:gsub("%.%w+$", "")
  package.path = folder .. "/?.lua;" .. package.path
  local has_wsapi, wsapi = pcall(require, "wsapi")
  if has_wsapi and type(wsapi) == "table" then
    wsapi.app_path = folder
  end
  local chunk, problem = loadfile(path)
  if not chunk then
    error(problem, 0)
  end
  local result = chunk(module_name)
  if result == nil then
    result = package.loaded[module_name]
  end
  return result, folder
end

-- What a name stands for: what its module or file returned, and the folder of its file.
function application.find(name)
  if is_file(name) then
    return load_file(name)
  end
  return require(name), "."
end

local kinds = {}

function kinds.plain(app)
  local found = app
  if type(app) == "string" then
    found = application.find(app)
    if type(found) ~= "function" then
      error(("the application %q returns a %s instead of a function"):format(app, type(found)), 0)
    end
  end
  return found
end

function kinds.wsapi(app)
  return require("wserve.wsapi").handler(app)
end

-- The function that answers requests, for an application of a kind ("plain", "wsapi").
function application.load(kind, app)
  return kinds[kind](app)
end

return application
