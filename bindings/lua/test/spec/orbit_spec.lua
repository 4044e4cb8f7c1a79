local Client = require "support.client"
local Nginx = require "support.nginx"
local Process = require "support.process"
local programs = require "support.programs"

-- Orbit was written for Lua 5.1. On 5.2 to 5.4 it lacks `unpack`, which shop.lua gives it, and its htmlify(), which needs
-- setfenv(), stays out.

local FORM = { ["Content-Type"] = "application/x-www-form-urlencoded" }

local function start(...)
  return Process.start{ programs.lua, programs.command, "--listen=127.0.0.1:0", ... }
end

local function stop(process)
  local status, _, errors = process:stop()
  assert.are.equal(0, status, errors)
  return errors
end

describe("an Orbit application", function()
  for _, workers in ipairs{ 0, 3 } do
    it("runs with " .. workers .. " workers", function()
      local process = start("--workers=" .. workers, programs.apps .. "shop.lua")
      local port = process:read_port()
      local response = Client.ask(port, "GET", "/")
      assert.are.equal(200, response.status)
      assert.are.equal("/list?a=1\nhttp://example.com/\n127.0.0.1\nget", response.body)
      assert.are.equal("ordered two tables", Client.ask(port, "POST", "/order", "what=two+tables", FORM).body)
      response = Client.ask(port, "POST", "/order", "", FORM)
      assert.are.equal(302, response.status)
      assert.are.same({ "http://example.com/" }, response.fields.location)
      assert.are.equal(404, Client.ask(port, "GET", "/nowhere").status)
      assert.are.equal(500, Client.ask(port, "GET", "/broken").status)
      assert.are.equal(200, Client.ask(port, "GET", "/index").status)
      stop(process)
    end)
  end

  if _VERSION == "Lua 5.1" then
    it("may be a module() of Lua 5.1", function()
      local process = start(programs.apps .. "shop_module.lua")
      assert.are.equal("a module", Client.ask(process:read_port(), "GET", "/").body)
      stop(process)
    end)
  end

  it("knows behind nginx what its clients see", function()
    local process = start("--url-prefix=/shop", "--trusted-proxy=127.0.0.1",
      "--trusted-proxy-headers=x-forwarded-for x-forwarded-proto x-forwarded-host", programs.apps .. "shop.lua")
    local nginx = Nginx.start(([[
      location /shop {
        proxy_pass http://127.0.0.1:%d;
        proxy_set_header X-Forwarded-For 192.0.2.7;
        proxy_set_header X-Forwarded-Proto https;
        proxy_set_header X-Forwarded-Host shop.example;
      }]]):format(process:read_port()))
    assert.are.equal("/shop/list?a=1\nhttps://shop.example/shop/\n192.0.2.7\nget",
      Client.ask(nginx.port, "GET", "/shop/").body)
    assert.are.same({ "https://shop.example/shop/" }, Client.ask(nginx.port, "POST", "/shop/order", "", FORM).fields.location)
    nginx:stop()
    stop(process)
  end)
end)
