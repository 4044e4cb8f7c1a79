local programs = require "support.programs"

local folder = programs.root .. "/bindings/lua/"

-- What the reference is made of, and the table in each file whose functions users call.
local tables = {
  ["wserve/init.lua"] = "wserve",
  ["wserve/server.lua"] = "Server",
  ["wserve/request.lua"] = "Request",
  ["wserve/wsapi.lua"] = "wsapi",
}
local internal = { ["Server.new"] = true } -- wserve.new is the one for users

-- Calls `visit` with each function of a file's table: its name, parameters, and the comment above it.
local function each_function(path, visit)
  local comment = ""
  for line in io.lines(folder .. path) do
    local name, parameters = line:match("^function (" .. tables[path] .. "[.:][%w_]+)%((.*)%)$")
    if name and not internal[name] then
      visit(name, parameters, comment)
    end
    comment = line:find("^%-%-") and comment .. line .. "\n" or ""
  end
end

describe("the reference", function()
  it("is made of every module that users see", function()
    local settings = {}
    local chunk = loadfile(folder .. "config.ld", "t", settings)
    if setfenv then
      setfenv(chunk, settings) -- luacheck: ignore 113
    end
    chunk()
    local count = 0
    for _, path in ipairs(settings.file) do
      assert.is_string(tables[path], path)
      count = count + 1
    end
    assert.are.equal(4, count)
  end)

  it("has every function, with all its parameters", function()
    local count = 0
    for path in pairs(tables) do
      each_function(path, function(name, parameters, comment)
        assert.truthy(comment:find("^%-%-%- "), name .. " has no description")
        for parameter in parameters:gmatch("[%w_]+") do
          local line = "\n%-%- @t?param[^\n]* " .. parameter .. "[ \n]"
          assert.truthy(comment:find(line), name .. " does not describe " .. parameter)
        end
        count = count + 1
      end)
    end
    assert.is_true(count > 35, count)
  end)
end)
