-- Bodies that are read while they come, and writes that do not wait.
local wserve = require "wserve"

local Client = require "support.client"
local Process = require "support.process"
local here = require "support.here"
local programs = require "support.programs"

local CHUNKED = "PUT /%s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

-- A server that steps in this state, and the request that it has kept.
local function kept(options)
  local held = {}
  options.app = function(req)
    req:defer()
    held.request = req
  end
  held.server = here.server(options)
  held.client = here.connect(held.server)
  return held
end

local function step_until(held, is_done)
  for _ = 1, 3000 do
    local result = is_done()
    if result then
      return result
    end
    held.server:step(0.01)
  end
  error("waited in vain")
end

local function close(held)
  held.client:close()
  held.request = nil
  held.server:close()
end

describe("a streamed body", function()
  it("is read without waiting, in the state that turns the loop", function()
    local held = kept{ body_streaming = true }
    held.client:send(CHUNKED:format("") .. "3\r\none\r\n")
    local request = step_until(held, function()
      return held.request
    end)
    assert.are.equal(-1, request:body_size())
    assert.is_nil(request.env.CONTENT_LENGTH)
    assert.is_true(request:event_fd() >= 0)
    assert.are.equal("one", step_until(held, function()
      return request:read_some()
    end))
    assert.are.same({ n = 2, nil, "timeout" }, { n = select("#", request:read_some()), request:read_some() })
    for _, limit in ipairs{ 1, "a" } do
      local is_good, problem = pcall(request.read, request, limit)
      assert.is_false(is_good)
      assert.truthy(problem:find("without workers nobody can wait", 1, true), problem)
    end
    assert.has_error(function()
      request:trailers()
    end)
    held.client:send("4\r\nfour\r\n0\r\nX-Sum: 7\r\n\r\n")
    assert.are.equal("fo", step_until(held, function()
      return request:read_some(2)
    end))
    assert.are.equal("ur", request:read_some(100))
    assert.are.equal("", step_until(held, function()
      return request:read_some()
    end))
    assert.are.same({ { "X-Sum", "7" } }, request:trailers())
    request:reply(200, "text/plain", "done")
    assert.are.equal("done", held.client:read_response().body)
    close(held)
  end)

  it("tells of a client that left", function()
    local held = kept{ body_streaming = true }
    held.client:send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
    local request = step_until(held, function()
      return held.request
    end)
    held.client:close()
    local problem = step_until(held, function()
      local bytes, reason = request:read_some()
      return not bytes and reason ~= "timeout" and reason
    end)
    assert.are.equal("string", type(problem))
    held.request = nil
    held.server:close()
  end)

  it("is waited for by nobody, in a WSAPI application without workers", function()
    local outcomes = {}
    local server = here.server{ body_streaming = true, app = wserve.wsapi.handler(function(env)
      outcomes[#outcomes + 1] = select(2, pcall(env.input.read, env.input))
      outcomes[#outcomes + 1] = select(2, pcall(env.input.read, env.input, 10))
      return 200, {}, "answered"
    end) }
    local client = here.connect(server)
    client:send(CHUNKED:format(""))
    assert.are.equal("answered", client:read_response().body)
    assert.are.equal(2, #outcomes)
    for _, problem in ipairs(outcomes) do
      assert.truthy(problem:find("without workers nobody can wait", 1, true), problem)
    end
    client:close()
    server:close()
  end)

  it("is not taken for whole when the client has left, by a WSAPI application", function()
    local process = Process.start{ programs.lua, programs.command, "--listen=127.0.0.1:0", "--workers=1",
                                   "--body-streaming=yes", programs.apps .. "streamed_wsapi.lua" }
    local client = Client.connect(process:read_port())
    client:send("PUT /error HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
    assert.are.equal("reading", process:read_line())
    client:close()
    assert.are.equal("half, then nil and a string", process:read_line())
    assert.are.equal(0, (process:stop()))
  end)

  it("is waited for by workers", function()
    local process = Process.start{ programs.lua, programs.command, "--listen=127.0.0.1:0", "--workers=2",
                                   "--body-streaming=yes", programs.apps .. "streamed_wsapi.lua" }
    local port = process:read_port()
    local client = Client.connect(port)
    client:send(CHUNKED:format("") .. "4\r\nabcd\r\n")
    assert.are.equal(200, client:read_head().status)
    assert.are.equal("abc", client:read_chunk())
    client:send("2\r\nef\r\n")
    assert.are.equal("def", client:read_chunk())
    assert.are.equal("<xy>", Client.ask(port, "PUT", "/all", "xy").body) -- the other worker's
    client:send("0\r\n\r\n")
    assert.are.equal("", client:read_chunk())
    client:close()
    client = Client.connect(port)
    client:send(CHUNKED:format("all") .. "1\r\na\r\n")
    client:send("1\r\nb\r\n0\r\n\r\n")
    assert.are.equal("<ab>", client:read_response().body)
    client:close()
    for path, line in pairs{ refuse = "HTTP/1.1 403 Forbidden\r\n", all = "HTTP/1.1 100 Continue\r\n" } do
      client = Client.connect(port)
      client:send("PUT /" .. path .. " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
      assert.are.equal(line, client:read_until("\r\n"))
      client:close()
    end
    assert.are.equal(0, (process:stop()))
  end)
end)

describe("the trailers of a whole body", function()
  it("are there", function()
    local held = kept{}
    held.client:send(CHUNKED:format("") .. "1\r\na\r\n0\r\nA: 1\r\nB: 2\r\n\r\n")
    local request = step_until(held, function()
      return held.request
    end)
    assert.are.same({ { "A", "1" }, { "B", "2" } }, request:trailers())
    request:reply(200)
    close(held)
  end)
end)

describe("try_write", function()
  it("takes nothing above the mark", function()
    local held = kept{}
    held.client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    local request = step_until(held, function()
      return held.request
    end)
    request:set_mark(100000)
    request:start(200)
    local piece = ("x"):rep(16384)
    while request:try_write(piece) do -- luacheck: ignore
    end
    assert.is_true(request:pending() > 100000)
    held.client:read_head()
    while not request:try_write("end") do
      held.client:read_chunk()
    end
    request:finish()
    local rest = held.client:read_chunks()
    assert.are.equal("end", rest:sub(-3))
    close(held)
  end)
end)
