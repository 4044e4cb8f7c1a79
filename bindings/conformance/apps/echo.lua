-- The echo app in Lua: options to a server with workers, whose application is echo_routes.lua.
local wserve = require "wserve"

local folder = arg[0]:match("^(.*)/[^/]*$") or "."

local function options_of(arguments)
  local options = { app = folder .. "/echo_routes.lua", workers = 4 }
  for _, argument in ipairs(arguments) do
    local name, value = argument:match("^%-%-([^=]+)=(.*)$")
    if not name then
      error(argument .. ": not of the form --NAME=VALUE", 0)
    end
    options[name] = value
  end
  return options
end

local is_good, problem = pcall(function()
  local server = wserve.new(options_of(arg)):listen()
  print("Serving on " .. server:address())
  io.stdout:flush()
  server:run()
end)
if not is_good then
  io.stderr:write(tostring(problem), "\n")
  os.exit(1)
end
