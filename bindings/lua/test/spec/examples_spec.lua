local Client = require "support.client"
local Nginx = require "support.nginx"
local Process = require "support.process"
local programs = require "support.programs"

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write_temporary(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

local function start(name, ...)
  return Process.start{ programs.lua, programs.examples .. name, "127.0.0.1:0", ... }
end

local function stop(process, signal)
  local status, _, errors = process:stop(signal)
  assert.are.equal(0, status, errors)
  assert.are.equal("", errors)
end

describe("the examples", function()
  it("hello", function()
    local process = start("hello.lua")
    assert.are.equal("Hello, World!\n", Client.ask(process:read_port(), "GET", "/").body)
    stop(process)
  end)

  it("hello_wsapi", function()
    local process = Process.start{ programs.lua, programs.command, "--listen=127.0.0.1:0", "--workers=4",
      programs.examples .. "hello_wsapi.lua" }
    assert.are.equal("Hello, 127.0.0.1!\n", Client.ask(process:read_port(), "GET", "/").body)
    stop(process)
  end)

  it("echo", function()
    local process = start("echo.lua")
    local body = ("\0\1\255"):rep(100000)
    local response = Client.ask(process:read_port(), "POST", "/", body, { ["Content-Type"] = "x/y" })
    assert.is_true(response.body == body)
    assert.are.same({ "x/y" }, response.fields["content-type"])
    stop(process)
  end)

  it("events", function()
    local process = start("events.lua")
    local client = Client.connect(process:read_port())
    client:send(Client.request_text("GET", "/"))
    local head = client:read_head()
    assert.are.same({ "text/event-stream" }, head.fields["content-type"])
    assert.are.equal("data: tick 1\n\n", client:read_chunk())
    assert.are.equal("data: tick 2\n\n", client:read_chunk())
    process:signal("TERM")
    -- The stop ends the stream properly.
    local _, is_complete = client:read_chunks()
    assert.is_true(is_complete)
    local status, _, errors = process:wait()
    assert.are.equal(0, status, errors)
    client:close()
  end)

  it("upload", function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    local process = start("upload.lua", folder)
    local port = process:read_port()
    local body = ("\0\1\255"):rep(400000)
    local kept = Client.ask(port, "PUT", "/some.file", body)
    assert.are.equal(201, kept.status)
    assert.are.equal("1200000 bytes\n", kept.body)
    assert.are.same({ "http://example.com/some.file" }, kept.fields.location)
    assert.is_true(Client.ask(port, "GET", "/some.file").body == body)
    assert.are.equal(404, Client.ask(port, "GET", "/other.file").status)
    assert.are.equal(404, Client.ask(port, "GET", "/../../etc/passwd").status)
    assert.are.equal(405, Client.ask(port, "DELETE", "/some.file").status)
    stop(process)
    os.execute("rm -r " .. folder)
  end)

  it("streamed upload", function()
    local text = read_file(programs.examples .. "streamed_upload.lua")
    local words = { programs.lua, programs.command, "--listen=127.0.0.1:0" }
    for option in text:match("wserve%-lua (.-) streamed_upload.lua"):gmatch("%S+") do
      words[#words + 1] = option
    end
    words[#words + 1] = programs.examples .. "streamed_upload.lua"
    local process = Process.start(words)
    local port = process:read_port()
    local client = Client.connect(port)
    client:send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 65541\r\n\r\n" .. ("x"):rep(65536))
    assert.are.equal(200, client:read_head().status)
    assert.are.equal("65536 bytes\n", client:read_chunk()) -- before the rest
    client:send("hello")
    assert.are.equal("65541 bytes\nAdler-32 61a3091d\n", (client:read_chunks()))
    client:close()
    client = Client.connect(port)
    client:send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n")
    assert.are.equal("HTTP/1.1 413 Content Too Large\r\n", client:read_until("\r\n")) -- before any of it
    client:close()
    stop(process)
  end)

  it("behind nginx", function()
    local process = start("behind_nginx/shop.lua")
    local location = read_file(programs.examples .. "behind_nginx/nginx.conf")
    local nginx = Nginx.start((location:gsub("127%.0%.0%.1:8080", "127.0.0.1:" .. process:read_port())))
    local response = Client.ask(nginx.port, "GET", "/shop/list?a=%20", nil, { ["X-Forwarded-Host"] = "evil.example" })
    assert.are.equal("http://example.com/shop/list?a=%20 for 127.0.0.1\n", response.body)
    response = Client.ask(nginx.port, "GET", "/shop/")
    assert.are.equal(302, response.status)
    assert.are.same({ "http://example.com/shop/list" }, response.fields.location)
    nginx:stop()
    stop(process)
  end)
end)

describe("README", function()
  local readme = read_file(programs.root .. "/README.md")

  it("has a hello that runs", function()
    local code = assert(readme:match("```lua\n(local wserve.-)```"))
    local path = write_temporary((code:gsub("127%.0%.0%.1:8080", "127.0.0.1:0")))
    -- It prints nothing: here it says where it listens.
    local process = Process.start{ programs.lua, "-e", [[
      local wserve = require "wserve"
      local new = wserve.new
      function wserve.serve(options)
        local server = new(options):listen()
        print(server:address())
        io.stdout:flush()
        server:run()
      end
    ]], path }
    assert.are.equal("Hello, World!\n", Client.ask(process:read_port(), "GET", "/").body)
    stop(process, "INT")
    os.remove(path)
  end)

  it("has a WSAPI application that runs", function()
    local code = assert(readme:match("```lua\n(return function%(env%).-)```"))
    local path = write_temporary(code)
    os.rename(path, path .. ".lua")
    local process = Process.start{ programs.lua, programs.command, "--listen=127.0.0.1:0", path .. ".lua" }
    assert.are.equal("Hello, World!\n", Client.ask(process:read_port(), "GET", "/").body)
    stop(process)
    os.remove(path .. ".lua")
  end)
end)
