local Client = require "support.client"
local Process = require "support.process"
local programs = require "support.programs"

local function start(name, ...)
  return Process.start{ programs.lua, programs.apps .. name, ... }
end

local unpack = table.unpack or unpack -- luacheck: ignore

local function assert_ended_well(process, ...)
  local status, output, errors = process:stop(...)
  assert.are.equal(0, status, errors)
  assert.truthy(output:find("run has returned", 1, true), output)
  return errors
end

describe("a program that serves", function()
  for _, signal in ipairs{ "INT", "TERM" } do
    it("ends by SIG" .. signal .. ", idle or with an open connection", function()
      local process = start("hello.lua")
      local client = Client.connect(process:read_port())
      assert.are.equal("Hello\n", client:exchange("GET", "/").body)
      assert.are.equal("", assert_ended_well(process, signal))
      assert.are.equal("", client:read_rest())
      client:close()
    end)
  end

  it("finishes what it is answering", function()
    local process = start("hello.lua")
    local client = Client.connect(process:read_port())
    client:send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n")
    assert.are.equal("busy", process:read_line())
    process:signal("TERM")
    assert.are.equal("Hello\n", client:read_response().body)
    local status, _, errors = process:wait()
    assert.are.equal(0, status, errors)
    client:close()
  end)

  -- Of a loop that LuaJIT has compiled nobody can tell.
  for name, words in pairs{
    ["hello.lua"] = { "hello.lua" },
    ["state_app.lua"] = not jit and { "states.lua", programs.apps .. "state_app.lua", "workers=1" } or nil,
  } do
    it("tells the stack of a slow request of " .. name .. ", which goes on", function()
      words[#words + 1] = "slow_request=0.1"
      words[#words + 1] = "slow_request_stack=signal"
      words[#words + 1] = "log_level=warning"
      local process = start(unpack(words))
      local client = Client.connect(process:read_port())
      client:send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
      local pattern = "the stack of a slow request:\n%s*stack traceback:.-" .. name .. ":%d+: in "
      local deadline = os.time() + 50
      local _, count = "", 0
      while count < 2 and os.time() < deadline do
        _, count = process:errors():gsub(pattern, "")
      end
      assert.truthy(count >= 2, process:errors())
      process:signal("INT")
      process:signal("TERM")
      process:wait()
      client:close()
    end)
  end

  it("ends by a second signal, whatever its application does", function()
    local process = start("hello.lua")
    local client = Client.connect(process:read_port())
    client:send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
    assert.are.equal("endless", process:read_line())
    process:signal("INT")
    -- Another one: two of the same kind may arrive as one.
    local errors = assert_ended_well(process, "TERM")
    assert.truthy(errors:find("interrupted by a second signal", 1, true), errors)
    client:close()
  end)

  it("lets the application's system calls go on at the first signal, and ends them at the second", function()
    local fifo = os.tmpname()
    os.remove(fifo)
    assert(os.execute("mkfifo " .. fifo))
    for _, ending in ipairs{ "opened", "signalled" } do
      local process = start("hello.lua")
      local client = Client.connect(process:read_port())
      client:send(Client.request_text("GET", "/blocked?" .. fifo))
      assert.are.equal("blocked", process:read_line())
      process:signal_asleep("INT")
      if ending == "opened" then
        os.execute("timeout 30 sh -c ': >" .. fifo .. "'")
        assert.are.equal("Hello\n", client:read_response().body)
      else
        process:signal("TERM")
      end
      local status, output, errors = process:wait()
      assert.are.equal(0, status, errors)
      assert.truthy(output:find("run has returned", 1, true), output)
      client:close()
    end
    os.remove(fifo)
  end)

  it("says what an application has raised", function()
    local process = start("hello.lua")
    local response = Client.ask(process:read_port(), "GET", "/raise")
    assert.are.equal(500, response.status)
    assert.truthy(assert_ended_well(process):find("as asked", 1, true))
  end)

  for _, workers in ipairs{ 0, 2 } do
    it(("goes on when finalizers of its application fail, with %d workers"):format(workers), function()
      local process = Process.start{ programs.lua, programs.command, "--listen=127.0.0.1:0", "--workers=" .. workers,
        programs.apps .. "finalizers.lua" }
      local port = process:read_port()
      local good = 0
      for _ = 1, 40 do
        local status = Client.ask(port, "GET", "/").status
        assert.is_true(status == 200 or status == 500, status)
        good = good + (status == 200 and 1 or 0)
      end
      assert.is_true(good > 0)
      assert.are.equal(0, (process:stop()))
    end)
  end

  it("may end without stopping its server", function()
    for _, script in ipairs{
      "server = new() server:step(0)",
      "server = new() server:step(0) os.exit(0, true)",
      "server = new() server:step(0) os.exit(0, false)",
      "new():step(0) error('out')",
      "server = new() request = server.worker collectgarbage()",
      "server = wserve.new{ app = '" .. programs.apps .. "state_app.lua', workers = 2 }",
    } do
      local process = Process.start{ programs.lua, "-e", [[
        wserve = require "wserve"
        function new()
          return wserve.new{ listen = "127.0.0.1:0", app = function() end }
        end
      ]] .. script }
      local status, _, errors = process:wait()
      assert.is_true(status == 0 or status == 1 and errors:find("out", 1, true) ~= nil, script .. ": " .. errors)
    end
  end)
end)

describe("the end of a program in the middle of a request", function()
  -- What a crash would be: the shell's number for a signal, or the sanitizer's.
  local good = { [0] = true, [3] = true, [4] = true }

  for _, workers in ipairs{ 0, 2 } do
    for _, ending in ipairs{ "close and exit", "exit", "close" } do
      for _, path in ipairs{ "/exit", "/raise" } do
        it(("is a clean one: %s, %d workers, %s"):format(path, workers, ending), function()
          local process = start("states.lua", programs.apps .. "state_app.lua", "workers=" .. workers, "ending=" .. ending)
          local port = process:read_port()
          local other, client = Client.connect(port), Client.connect(port)
          other:send(Client.request_text("GET", "/slow"))
          client:send(Client.request_text("GET", path))
          local status, _, errors = process:wait()
          assert.is_true(good[status], status .. ": " .. errors)
          assert.is_nil(errors:find("Sanitizer", 1, true), errors)
          other:close()
          client:close()
        end)
      end
    end
  end
end)

describe("workers", function()
  local app = programs.apps .. "state_app.lua"

  it("answer, each with a Lua state of its own", function()
    local process = start("states.lua", app)
    local port = process:read_port()
    -- Two requests at a time are two states' first.
    local one, two = Client.connect(port), Client.connect(port)
    one:send(Client.request_text("GET", "/slow"))
    two:send(Client.request_text("GET", "/slow"))
    assert.are.same({ "1", "1" }, { one:read_response().body, two:read_response().body })
    one:close()
    two:close()
    assert.are.equal("", assert_ended_well(process))
  end)

  it("survive what the application raises, and say it", function()
    local process = start("states.lua", app)
    local port = process:read_port()
    for _ = 1, 4 do
      assert.are.equal(500, Client.ask(port, "GET", "/raise").status)
    end
    assert.are.equal("late\n", Client.ask(port, "GET", "/late").body)
    assert.are.equal(200, Client.ask(port, "GET", "/").status)
    local errors = assert_ended_well(process)
    assert.truthy(errors:find("as asked", 1, true), errors)
    assert.truthy(errors:find("failed after answering", 1, true), errors)
  end)

  it("log to the function of the program, while they run", function()
    local process = start("states.lua", app, "logs=yes")
    local port = process:read_port()
    assert.are.equal(500, Client.ask(port, "GET", "/raise").status)
    assert.truthy(process:read_line():find("^error: Exception while serving /raise: "))
    assert.are.equal("late\n", Client.ask(port, "GET", "/late").body)
    local line
    repeat -- the traceback, a line each
      line = process:read_line()
    until not line:find("^error:  ")
    assert.truthy(line:find("^error: the application failed after answering: "))
    assert.are.equal("", assert_ended_well(process))
  end)

  it("block no signal for the programs that the application starts", function()
    local process = start("states.lua", app)
    assert.truthy(Client.ask(process:read_port(), "GET", "/mask").body:find("^0+%s*$"))
    assert.are.equal("", assert_ended_well(process))
  end)

  it("whose state ends by an error are made anew, and named", function()
    local process = start("states.lua", app, "workers=1")
    local port = process:read_port()
    assert.are.equal("1", Client.ask(port, "GET", "/").body)
    for _ = 1, 2 do
      local client = Client.connect(port)
      client:send(Client.request_text("GET", "/hook"))
      client:read_rest()
      client:close()
      assert.are.equal("1", Client.ask(port, "GET", "/").body) -- a new state counts from the front
    end
    local errors = assert_ended_well(process)
    assert.truthy(errors:find("worker 1 has ended by an error, and is made anew: ", 1, true), errors)
    assert.truthy(errors:find("time is up", 1, true), errors)
  end)

  it("that do not end are left behind", function()
    local process = start("states.lua", app, "stop_timeout=0")
    local port = process:read_port()
    local client = Client.connect(port)
    client:send(Client.request_text("GET", "/endless"))
    assert.are.equal(200, Client.ask(port, "GET", "/").status)
    local errors = assert_ended_well(process)
    assert.truthy(errors:find("1 worker(s) still running the application", 1, true), errors)
    client:close()
  end)

  it("need an application that can be loaded", function()
    for _, case in ipairs{
      { "/no/such/file.lua", "no/such/file.lua" },
      { "no.such.module", "no.such.module" },
      { programs.apps .. "hello_wsapi.lua", "instead of a function" },
    } do
      local process = start("states.lua", case[1])
      process:read_port()
      local status, _, errors = process:wait()
      assert.are.equal(1, status)
      assert.truthy(errors:find(case[2], 1, true), errors)
    end
  end)

  it("need an application that has a name", function()
    local process = start("hello.lua", "workers=2")
    process:read_port()
    local status, _, errors = process:wait()
    assert.are.equal(1, status)
    assert.truthy(errors:find("a function cannot go to another Lua state", 1, true), errors)
  end)
end)
