-- An Orbit application as it was written for Lua 5.1: its file returns nothing, module() sets it up.
-- luacheck: ignore 111 113 (module() makes globals of its functions)
local orbit = require "orbit"

module("shop_module", package.seeall, orbit.new)

function index()
  return "a module"
end

shop_module:dispatch_get(index, "/")
