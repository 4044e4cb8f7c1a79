-- lua-http. usage: lua5.1 lua_http.lua PORT
local headers = require "http.headers"
local server = require "http.server"

local function answer(_, stream)
  assert(stream:get_headers())
  local fields = headers.new()
  fields:append(":status", "200")
  fields:append("content-type", "text/plain; charset=utf-8")
  fields:append("content-length", "14")
  assert(stream:write_headers(fields, false))
  assert(stream:write_chunk("Hello, World!\n", true))
end

local function ignore() end

assert(server.listen { host = "127.0.0.1", port = tonumber(arg[1]), onstream = answer, onerror = ignore }):loop()
