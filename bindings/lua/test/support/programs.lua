-- What the tests start, as the build tells it in the environment.
local programs = {}

local function needed(name)
  return assert(os.getenv(name), name .. " is not set: run the tests with ctest")
end

-- The interpreter that runs this test.
programs.lua = needed("WSERVE_LUA")
programs.root = needed("WSERVE_ROOT")
programs.apps = programs.root .. "/bindings/lua/test/apps/"
programs.examples = programs.root .. "/examples/lua/"
programs.command = programs.root .. "/bindings/lua/bin/wserve-lua"

return programs
