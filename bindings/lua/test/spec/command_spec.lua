local Client = require "support.client"
local Process = require "support.process"
local programs = require "support.programs"

local function start(...)
  return Process.start{ programs.lua, programs.command, ... }
end

local app = programs.apps .. "hello_wsapi.lua"

describe("wserve-lua", function()
  it("serves a file", function()
    for _, option in ipairs{ "--ipv6=no", "--workers=2" } do
      local process = start("--listen=127.0.0.1:0", option, app)
      local port = process:read_port()
      local response = Client.ask(port, "GET", "/")
      assert.are.equal("Hello, apps!\n", response.body)
      assert.are.equal(500, Client.ask(port, "GET", "/raise").status)
      local status, _, errors = process:stop("INT")
      assert.are.equal(0, status, errors)
      assert.truthy(errors:find("as asked", 1, true), errors)
    end
  end)

  it("serves a module", function()
    local process = start("--listen=127.0.0.1:0", "--url-prefix=/x", "apps.hello_wsapi")
    assert.are.equal("Hello, .!\n", Client.ask(process:read_port(), "GET", "/x/").body)
    assert.are.equal(0, (process:stop()))
  end)

  it("takes options and filters from an ini file", function()
    local path = os.tmpname()
    os.remove(path)
    path = path .. ".ini"
    local file = assert(io.open(path, "w"))
    file:write("[server:main]\nuse = egg:wserve\nlisten = 127.0.0.1:0\n"
      .. "[filter-app:main]\nuse = egg:wserve#prefix\nnext = app\nprefix = /shop\n[app:app]\nuse = egg:wserve#hello\n")
    file:close()
    local process = start("--ini=" .. path, programs.apps .. "form.lua")
    local response = Client.ask(process:read_port(), "POST", "/", "name=Ann",
      { ["Content-Type"] = "application/x-www-form-urlencoded" })
    assert.are.equal("http://example.com/shop/ Ann 127.0.0.1 ", response.body)
    assert.are.equal(0, (process:stop()))
    os.remove(path)
  end)

  it("helps", function()
    local status, output = start("--help"):wait()
    assert.are.equal(0, status)
    assert.truthy(output:find("--trusted-proxy-count=1..100", 1, true), output)
    status, output = start("--version"):wait()
    assert.are.equal(0, status)
    assert.truthy(output:find("^wserve%-lua 1%."), output)
  end)

  it("says what is wrong with its arguments", function()
    for _, case in ipairs{
      { "which application", },
      { "one application is enough", app, app },
      { "--listen: options have the form", "--listen", app },
      { 'threads must be 0..1024 or auto, got "many"', "--threads=many", app },
      { "thread", "--thread=4", app },
    } do
      local status, output, errors = start(case[2], case[3]):wait()
      assert.are.equal(2, status, errors)
      assert.are.equal("", output)
      assert.truthy(errors:find(case[1], 1, true), errors)
    end
  end)

  it("takes options that are on or off as the wserve command does", function()
    for _, words in ipairs{ { "--body-streaming" }, { "--body_streaming" }, { "--no-body-streaming", "--body-streaming" },
                            { "--body-streaming=yes" } } do
      local process = Process.start{ programs.lua, programs.command, "--listen=127.0.0.1:0", "--workers=1", words[1],
                                     words[2] or words[1], programs.apps .. "streamed_wsapi.lua" }
      local client = Client.connect(process:read_port())
      client:send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
      assert.are.equal(200, client:read_head().status) -- before the rest
      client:close()
      assert.are.equal(0, (process:stop()))
    end
  end)

  it("says why it cannot serve", function()
    for _, case in ipairs{
      { "no/such/app.lua", "--listen=127.0.0.1:0", "no/such/app.lua" },
      { "no.such.app", "--listen=127.0.0.1:0", "no.such.app" },
      { "192.0.2.1", "--listen=192.0.2.1:80", app },
      { "port", "--listen=127.0.0.1:0", "--port=80", app },
    } do
      local status, output, errors = start(case[2], case[3], case[4]):wait()
      assert.are.equal(1, status, errors)
      assert.are.equal("", output) -- nothing was ever served
      assert.truthy(errors:find(case[1], 1, true), errors)
    end
  end)
end)
