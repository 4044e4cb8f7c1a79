local wserve = require "wserve"

local here = require "support.here"

-- What an application does, and what its client gets.
local function ask(app, ...)
  return here.ask(app, ...)
end

local function all_bytes()
  local bytes = {}
  for i = 0, 255 do
    bytes[#bytes + 1] = string.char(i)
  end
  return table.concat(bytes)
end

describe("a request", function()
  it("has an environ", function()
    local env
    local response = ask(function(req)
      env = req.env
      assert.are.equal(env, req.env)
      req:reply(200)
    end, "PUT", "/a%20b/c?x=1", "abc", { ["X-One"] = "1", ["Content-Type"] = "text/x" })
    assert.are.equal(200, response.status)
    assert.are.equal("PUT", env.REQUEST_METHOD)
    assert.are.equal("/a b/c", env.PATH_INFO)
    assert.are.equal("x=1", env.QUERY_STRING)
    assert.are.equal("example.com", env.HTTP_HOST)
    assert.are.equal("1", env.HTTP_X_ONE)
    assert.are.equal("text/x", env.CONTENT_TYPE)
    assert.are.equal("3", env.CONTENT_LENGTH)
    assert.are.equal("http", env["ws.url_scheme"])
    assert.are.equal("127.0.0.1", env.REMOTE_ADDR)
    assert.is_nil(env.HTTP_ACCEPT)
  end)

  it("has an environ of any size", function()
    local long = ("x"):rep(20000)
    local env
    ask(function(req)
      env = req.env
      req:reply(200)
    end, "GET", "/", nil, { ["X-Long"] = long })
    assert.are.equal(long, env.HTTP_X_LONG)
  end)

  it("has fields by name", function()
    local seen = {}
    ask(function(req)
      seen = { req:header("x-one"), req:header("Content-Type"), req:header("CONTENT-LENGTH") }
      seen.absent = req:header("Accept")
      req:reply(200)
    end, "POST", "/", "abc", { ["X-One"] = "1", ["Content-Type"] = "text/x" })
    assert.are.same({ "1", "text/x", "3" }, seen)
  end)

  it("has a body, read in pieces or as a whole, and again", function()
    local body = all_bytes():rep(4096) -- 1 MB
    local pieces, rest, again, at_end, size = {}, nil, nil, {}, nil
    ask(function(req)
      size = req:body_size()
      pieces = { req:read(1), req:read(0), req:read(255), req:read(100000) }
      rest = req:read("a")
      at_end = { req:read(1) == nil, req:read() }
      req:rewind()
      again = req:read()
      req:reply(200)
    end, "POST", "/", body)
    assert.are.equal(#body, size)
    assert.are.same({ body:sub(1, 1), "", body:sub(2, 256), body:sub(257, 100256) }, pieces)
    assert.is_true(rest == body:sub(100257))
    assert.are.same({ true, "" }, at_end)
    assert.is_true(again == body)
  end)

  it("refuses to read less than nothing", function()
    local problem
    ask(function(req)
      problem = select(2, pcall(req.read, req, -1))
      req:reply(200)
    end, "POST", "/", "abc")
    assert.truthy(problem:find("0 or more", 1, true))
  end)

  it("knows its URL, and those of other pages", function()
    local urls
    ask({ url_prefix = "/a b", app = function(req)
      urls = { wserve.url(req.env), wserve.url(req.env, "/login?next=%2F") }
      req:reply(200)
    end }, "GET", "/a%20b/%E4?q=1")
    assert.are.same({ "http://example.com/a%20b/%E4?q=1", "http://example.com/a%20b/login?next=%2F" }, urls)
  end)

  it("makes URLs without a Host, too", function()
    local env = { ["ws.url_scheme"] = "https", SERVER_NAME = "s", SERVER_PORT = "443", SCRIPT_NAME = "", PATH_INFO = "/" }
    assert.are.equal("https://s/x", wserve.url(env, "/x"))
    env.SERVER_PORT = "8443"
    assert.are.equal("https://s:8443/x", wserve.url(env, "/x"))
  end)
end)

describe("an answer", function()
  it("has a status, fields and a body", function()
    local response = ask(function(req)
      req:reply(201, { ["Content-Type"] = "text/x", ["X-Number"] = 17, ["Set-Cookie"] = { "a=1", "b=2" } }, all_bytes())
    end)
    assert.are.equal(201, response.status)
    assert.are.equal(all_bytes(), response.body)
    assert.are.same({ "text/x" }, response.fields["content-type"])
    assert.are.same({ "17" }, response.fields["x-number"])
    assert.are.same({ "a=1", "b=2" }, response.fields["set-cookie"])
    assert.are.same({ "256" }, response.fields["content-length"])
  end)

  it("may have a reason of its own", function()
    local response = ask(function(req)
      req:reply("404 Not Here", "text/plain", "gone\n")
    end)
    assert.are.equal(404, response.status)
    assert.are.equal("Not Here", response.reason)
    assert.are.equal("gone\n", response.body)
    assert.are.same({ "5" }, response.fields["content-length"])
  end)

  it("has no length to HEAD without a body, whatever its reason", function()
    for _, status in ipairs{ 200, "200 Fine" } do
      local response = ask(function(req)
        req:reply(status)
      end, "HEAD")
      assert.is_nil(response.fields["content-length"])
    end
  end)

  it("keeps the Content-Length that it is given", function()
    for _, status in ipairs{ 200, "200 Fine" } do
      local response = ask(function(req)
        req:reply(status, { ["Content-Length"] = 3 }, "abc")
      end)
      assert.are.equal("abc", response.body)
      assert.are.same({ "3" }, response.fields["content-length"])
    end
  end)

  it("to HEAD has no body", function()
    local response = ask(function(req)
      req:reply(200, "text/plain", "Hello")
    end, "HEAD")
    assert.are.same({ "5" }, response.fields["content-length"])
  end)

  it("comes in pieces, each at once", function()
    local server, client
    local second = false
    server = here.server(function(req)
      assert.is_true(req:start(200, "text/plain"))
      assert.is_true(req:write("one"))
      assert.is_true(req:write(""))
      assert.is_true(req:flush())
      second = true
      assert.is_true(req:write("two"))
      assert.is_true(req:add_trailer("X-Sum", "6"))
      assert.is_true(req:finish())
    end)
    client = here.connect(server)
    local response = client:exchange("GET", "/")
    assert.are.equal("onetwo", response.body)
    assert.are.equal("X-Sum: 6\r\n\r\n", response.trailers)
    assert.is_true(second)
    assert.are.equal("onetwo", client:exchange("GET", "/").body)
    client:close()
    server:close()
  end)

  it("is ended by the application's return", function()
    assert.are.equal("all", ask(function(req)
      req:start("200 OK")
      req:write("all")
    end).body)
  end)

  it("may be a file, or a part of one", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write("0123456789")
    file:close()
    local function send(...)
      local arguments = { ... }
      return ask(function(req)
        local opened = assert(io.open(path, "rb"))
        req:start(200)
        req:send_file(opened, arguments[1], arguments[2])
        opened:close()
      end).body
    end
    assert.are.equal("0123456789", send())
    assert.are.equal("56789", send(5))
    assert.are.equal("234", send(2, 3))
    assert.are.equal("", send(10))
    assert.truthy(send(99):find("Internal Server Error", 1, true)) -- nothing is there
    os.remove(path)
  end)

  it("refuses what is no open file", function()
    local problems = {}
    ask(function(req)
      req:start(200)
      local closed = assert(io.open("/dev/null"))
      closed:close()
      for index, file in ipairs{ "name", closed, -1, 99999 } do
        problems[index] = select(2, pcall(req.send_file, req, file))
      end
    end)
    assert.are.equal(4, #problems)
  end)

  it("may be preceded by an interim one", function()
    local server = here.server(function(req)
      req:interim(103, { Link = { "</a>", "</b>" } })
      req:reply(200, "text/plain", "Hello")
    end)
    local client = here.connect(server)
    client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    local early = client:read_head()
    assert.are.equal(103, early.status)
    assert.are.same({ "</a>", "</b>" }, early.fields.link)
    local response = client:read_response()
    assert.are.equal("Hello", response.body)
    assert.is_nil(response.fields.link)
    client:close()
    server:close()
  end)

  it("refuses fields and statuses that cannot be", function()
    local bad = {
      { 99 }, { 600 }, { "nonsense" }, { nil }, { {} }, { 1e300 }, { -1e300 }, { 0 / 0 }, { 4294967496 }, { "4294967496" },
      { 200, { ["X Y"] = "1" } }, { 200, { X = "a\r\nb" } }, { 200, { X = "a\0b" } }, { 200, { ["X\0"] = "1" } },
      { 200, { X = true } }, { 200, { X = { {} } } }, { 200, { "x" } }, { 200, 17 },
      { 200, { Connection = "keep-alive" } }, { 200, { ["Content-Length"] = "x" } }, { 200, nil, {} },
    }
    for index, arguments in ipairs(bad) do
      local is_good
      local response = ask(function(req)
        is_good = pcall(req.reply, req, arguments[1], arguments[2], arguments[3])
      end)
      assert.is_false(is_good, "case " .. index)
      assert.are.equal(500, response.status)
    end
  end)

  it("that is not given is a 500", function()
    assert.are.equal(500, ask(function() end).status)
  end)

  it("that fails is a 500, or is cut", function()
    assert.are.equal(500, ask(function(req)
      req:fail("not today")
    end).status)
    local response = ask(function(req)
      req:start(200)
      req:write("half")
      req:fail("not today")
    end)
    assert.are.equal("half", response.body)
    assert.is_false(response.is_complete)
  end)

  it("comes of an error that is raised, and the server lives", function()
    local mute = setmetatable({}, { __tostring = function()
      error("no words")
    end })
    local server = here.server(function(req)
      if req.env.PATH_INFO == "/raise" then
        error("as asked")
      elseif req.env.PATH_INFO == "/table" then
        error({})
      elseif req.env.PATH_INFO == "/nil" then
        error()
      elseif req.env.PATH_INFO == "/missing" then
        error{ 404, "no such page\n" }
      elseif req.env.PATH_INFO == "/mute" then
        error(mute)
      elseif req.env.PATH_INFO == "/mute404" then
        error{ 404, mute }
      elseif req.env.PATH_INFO == "/huge" then
        error{ 1e300, mute }
      end
      req:reply(200, "text/plain", "fine")
    end)
    for target, status in pairs{ ["/raise"] = 500, ["/table"] = 500, ["/nil"] = 500, ["/missing"] = 404, ["/mute"] = 500,
      ["/mute404"] = 404, ["/huge"] = 500, ["/"] = 200 } do
      local client = here.connect(server)
      local response = client:exchange("GET", target)
      assert.are.equal(status, response.status)
      assert.is_nil(response.body:find("as asked", 1, true))
      client:close()
    end
    server:close()
  end)

  it("shows the traceback only when it shall", function()
    local response = ask{ expose_tracebacks = true, app = function()
      error("as asked")
    end }
    assert.truthy(response.body:find("as asked", 1, true))
    assert.truthy(response.body:find("stack traceback", 1, true))
  end)

  it("cannot be given twice, nor after its end", function()
    local problems, kept = {}, nil
    local function note(method, ...)
      problems[method] = select(2, pcall(kept[method], kept, ...))
    end
    local server = here.server(function(req)
      kept = req
      req:reply(200, "text/plain", "once")
      note("reply", 200)
      note("write", "x")
      note("start", 200)
      note("finish")
      note("add_header", "X", "1")
    end)
    local client = here.connect(server)
    assert.are.equal("once", client:exchange("GET", "/").body)
    for _, method in ipairs{ "reply", "write", "start", "finish", "add_header" } do
      assert.is_string(problems[method], method)
    end
    -- The application has returned: there is no request any more.
    for _, method in ipairs{ "reply", "read", "write", "flush", "finish", "rewind", "gone", "body_size", "fail", "detach" } do
      note(method, 200)
      assert.truthy(problems[method]:find("ended", 1, true) or problems[method]:find("expected", 1, true), method)
    end
    assert.is_false(pcall(function()
      return kept.env
    end))
    assert.are.equal("once", client:exchange("GET", "/").body)
    client:close()
    server:close()
  end)

  it("may come later", function()
    local waiting
    local server = here.server(function(req)
      if waiting then
        waiting:reply(200, "text/plain", "from " .. req.env.PATH_INFO)
        waiting = nil
        req:reply(200, "text/plain", "now")
      else
        req:defer()
        waiting = req
      end
    end)
    local first, second = here.connect(server), here.connect(server)
    first:send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
    while not waiting do
      server:step(0.01)
    end
    assert.are.equal("now", second:exchange("GET", "/second").body)
    assert.are.equal("from /second", first:read_response().body)
    first:close()
    second:close()
    server:close()
  end)

  it("that was deferred and dropped is a 500", function()
    local server = here.server(function(req)
      req:defer()
    end)
    local client = here.connect(server)
    client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    client.pump = function()
      server:step(0.01)
      collectgarbage()
    end
    assert.are.equal(500, client:read_response().status)
    client:close()
    server:close()
  end)

  it("ends quietly when the client has left", function()
    local outcome, reason
    local deferred
    local server = here.server(function(req)
      req:defer()
      req:start(200)
      deferred = req
    end)
    local client = here.connect(server)
    client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    while not deferred do
      server:step(0.01)
    end
    assert.is_nil(deferred:gone())
    client.connection:setoption("linger", { on = true, timeout = 0 })
    client:close()
    for _ = 1, 1000 do
      server:step(0.01)
      reason = deferred:gone()
      if reason == "disconnected" then
        break
      end
    end
    assert.are.equal("disconnected", reason)
    outcome = { deferred:write("x") }
    assert.is_nil(outcome[1])
    assert.is_string(outcome[2])
    server:close()
  end)

  it("may be another protocol", function()
    local descriptor, left
    local server = here.server(function(req)
      descriptor, left = req:detach()
    end)
    local client = here.connect(server)
    client:send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nearly\0")
    while not descriptor do
      server:step(0.01)
    end
    assert.is_true(descriptor > 2)
    assert.are.equal("early\0", left)
    local has_posix, posix = pcall(require, "posix")
    if has_posix then
      posix.write(descriptor, "mine")
      posix.close(descriptor)
      assert.are.equal("mine", client:read_rest())
    end
    client:close()
    server:close()
  end)
end)
