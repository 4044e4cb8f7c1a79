local wserve = require "wserve"

local Client = require "support.client"
local here = require "support.here"

local function hello(req)
  req:reply(200, "text/plain", "Hello")
end

describe("a server in one's own loop", function()
  it("counts", function()
    local server = here.server(hello)
    local client = here.connect(server)
    assert.are.equal(0, server:stat("requests"))
    client:exchange("GET", "/")
    client:exchange("GET", "/")
    assert.are.equal(2, server:stat("requests"))
    assert.are.equal(1, server:stat("connections"))
    assert.are.equal(0, server:stat("waiting"))
    assert.are.equal(-1, server:stat("nonsense"))
    client:close()
    server:close()
  end)

  it("stops when it is asked to", function()
    local server = here.server(hello)
    local client = here.connect(server)
    client:exchange("GET", "/")
    server:stop()
    for _ = 1, 1000 do
      if not server:step(0.01) then
        break
      end
    end
    assert.is_false(server:step(0))
    assert.are.equal("", client:read_rest())
    server:close()
  end)

  it("waits for an answer as long as it shall when it stops", function()
    local waiting
    local server = here.server(function(req)
      req:defer()
      waiting = req
    end)
    local client = here.connect(server)
    client:send(Client.request_text("GET", "/"))
    while not waiting do
      server:step(0.01)
    end
    server:stop(math.huge)
    for _ = 1, 10 do
      assert.is_true(server:step(0.01))
    end
    waiting:reply(200, "text/plain", "last")
    waiting = nil -- luacheck: ignore
    assert.are.equal("last", client:read_response().body)
    client:close()
    server:close()
  end)

  it("stops in run, when the application says so", function()
    local server
    server = here.server(function(req)
      req:reply(200, "text/plain", "last")
      server:stop(0)
    end)
    local client = Client.connect(server:port())
    client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    server:run()
    assert.are.equal("last", client:read_response().body)
    assert.is_false(pcall(server.run, server))
    client:close()
  end)

  it("may be closed by its application", function()
    local server
    server = here.server(function(req)
      req:reply(200, "text/plain", "last")
      server:close()
    end)
    local client = Client.connect(server:port())
    client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    server:run()
    assert.are.equal("last", client:read_response().body)
    client:close()
    server:close()
    assert.is_false(pcall(server.stat, server, "requests"))
  end)

  it("says what is wrong once it is closed", function()
    local server = here.server(hello)
    server:step(0)
    server:close()
    server:close()
    for _, method in ipairs{ "get", "stat", "listen", "address", "port", "stop", "run" } do
      local is_good, problem = pcall(server[method], server, 1)
      assert.is_false(is_good, method)
      assert.truthy(problem:find("the server is closed", 1, true), problem)
    end
  end)

  it("does not step with workers", function()
    local server = wserve.new{ app = "support.hello", workers = 2, listen = "127.0.0.1:0" }
    assert.is_false(pcall(server.step, server))
  end)

  it("gives its log to a function", function()
    local lines = {}
    local server = here.server{
      log_level = "debug",
      send_bytes = 17,
      logger = function(severity, line)
        lines[#lines + 1] = severity .. " " .. line
      end,
      app = function()
        error("as asked")
      end,
    }
    local client = here.connect(server)
    client:exchange("GET", "/page")
    server:step(0)
    local text = table.concat(lines, "\n")
    assert.truthy(text:find("warning send_bytes has no effect", 1, true), text)
    assert.truthy(text:find("error Exception while serving /page: ", 1, true), text)
    assert.truthy(text:find("as asked", 1, true), text)
    client:close()
    server:close()
  end)

  it("gives its access log to a function", function()
    local lines = {}
    local server = here.server{
      access_log_format = "%m %U %>s",
      access_logger = function(line)
        lines[#lines + 1] = line
      end,
      app = function(req)
        req:reply(201)
      end,
    }
    local client = here.connect(server)
    client:exchange("GET", "/page")
    client:close()
    local deadline = os.time() + 50
    while #lines == 0 and os.time() < deadline do
      server:step(0.01)
    end
    assert.are.same({ "GET /page 201" }, lines)
    server:close()
  end)

  it("hears of an application that fails after its answer", function()
    local lines = {}
    local server = here.server{
      log_level = "error",
      logger = function(_, line)
        lines[#lines + 1] = line
      end,
      app = function(req)
        req:reply(200, "text/plain", "fine")
        error(req.env.PATH_INFO == "/" and "as asked" or { 404, "too late" })
      end,
    }
    for _, target in ipairs{ "/", "/404" } do
      local client = here.connect(server)
      assert.are.equal("fine", client:exchange("GET", target).body)
      client:close()
    end
    server:step(0)
    assert.truthy(lines[1]:find("failed after answering", 1, true) and lines[1]:find("as asked", 1, true), lines[1])
    assert.truthy(lines[2]:find("failed after answering", 1, true) and lines[2]:find("too late", 1, true), lines[2])
    server:close()
  end)

  it("lives with a logger that fails", function()
    local count = 0
    local server = here.server{
      log_level = "error",
      logger = function()
        count = count + 1
        error("no disk")
      end,
      app = function() end,
    }
    local written = {}
    local stderr = io.stderr
    io.stderr = { write = function(_, ...) -- luacheck: ignore
      written[#written + 1] = table.concat{ ... }
    end }
    local client = here.connect(server)
    assert.are.equal(500, client:exchange("GET", "/").status)
    server:step(0)
    io.stderr = stderr -- luacheck: ignore
    assert.are.equal(1, count)
    assert.truthy(written[1]:find("no disk", 1, true))
    client:close()
    server:close()
  end)

  it("survives requests while garbage is collected all the time", function()
    local server = here.server(function(req)
      collectgarbage()
      req:reply(200, { ["Set-Cookie"] = { "a=1", "b=2" } }, req:read() .. req.env.HTTP_HOST)
    end)
    local client = here.connect(server)
    for i = 1, 100 do
      local body = ("\0%d\255"):format(i)
      local response = client:exchange("POST", "/", body)
      assert.are.equal(body .. "example.com", response.body)
    end
    client:close()
    server:close()
  end)
end)

describe("the end of things", function()
  -- A server that has an answer under way.
  local function scene()
    local held = {}
    held.server = here.server(function(req)
      req:defer()
      held.request = req
    end)
    held.client = here.connect(held.server)
    held.client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    while not held.request do
      held.server:step(0.01)
    end
    held.worker = held.server.worker
    held.host = held.server.host
    held.client:close()
    held.client = nil
    return held
  end

  it("may come in any order", function()
    local parts = { "server", "request", "worker", "host" }
    for first = 1, #parts do
      for second = 1, #parts do
        local held = scene()
        for _, part in ipairs{ parts[first], parts[second], "server", "request", "worker", "host" } do
          held[part] = nil
          collectgarbage()
          collectgarbage()
        end
      end
    end
  end)

  it("leaves a request that is kept unusable, not dangerous", function()
    local held = scene()
    held.server:close()
    pcall(held.request.reply, held.request, 200)
    pcall(held.request.write, held.request, "x")
    held.request = nil
    collectgarbage()
  end)

  -- Makes a finalizer that uses parts of a scene; it runs behind or before theirs, as the collector likes.
  local function use_in_finalizer(request, server, outcomes)
    local function finalize()
      outcomes[1] = pcall(request.reply, request, 200)
      outcomes[2] = pcall(server.stop, server)
    end
    if _VERSION == "Lua 5.1" then
      getmetatable(newproxy(true)).__gc = finalize
    else
      setmetatable({}, { __gc = finalize })
    end
  end

  it("may find a finalizer that still uses what was collected", function()
    local outcomes = {}
    local held = scene()
    use_in_finalizer(held.request, held.server, outcomes)
    held = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.are.equal(2, #outcomes)
  end)
end)
