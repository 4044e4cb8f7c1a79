local wserve = require "wserve"

local Client = require "support.client"
local Nginx = require "support.nginx"
local Process = require "support.process"
local here = require "support.here"
local programs = require "support.programs"

local function once(text)
  return coroutine.wrap(function()
    coroutine.yield(text)
  end)
end

local function ask(run, ...)
  return here.ask(wserve.wsapi.handler(run), ...)
end

describe("a WSAPI application", function()
  it("answers with a status, fields and an iterator", function()
    for _, status in ipairs{ 201, "201", "201 Created" } do
      local response = ask(function()
        return status, { ["Content-Type"] = "text/x", ["Set-Cookie"] = { "a=1", "b=2" } }, once("Hello\0")
      end)
      assert.are.equal(201, response.status)
      assert.are.equal("Created", response.reason)
      assert.are.equal("Hello\0", response.body)
      assert.are.same({ "a=1", "b=2" }, response.fields["set-cookie"])
      assert.are.same({ "chunked" }, response.fields["transfer-encoding"])
    end
  end)

  it("has the length it says", function()
    local response = ask(function()
      return 200, { ["Content-Length"] = 5 }, once("Hello")
    end)
    assert.are.same({ "5" }, response.fields["content-length"])
    assert.is_nil(response.fields["transfer-encoding"])
    assert.are.equal("Hello", response.body)
  end)

  it("may have no body, a text, or pieces that are empty or numbers", function()
    assert.are.equal("", ask(function()
      return 200, {}
    end).body)
    assert.are.equal(204, ask(function()
      return 204
    end).status)
    assert.are.equal("text", ask(function()
      return 200, {}, "text"
    end).body)
    local pieces = { "a", "", 1, "b" }
    local index = 0
    assert.are.equal("a1b", ask(function()
      return 200, {}, function()
        index = index + 1
        return pieces[index]
      end
    end).body)
  end)

  it("is not asked for pieces that nobody would see", function()
    local is_asked = false
    local response = ask(function()
      return 200, { ["Content-Type"] = "text/x" }, function()
        is_asked = true
      end
    end, "HEAD")
    assert.are.same({ "text/x" }, response.fields["content-type"])
    assert.is_nil(response.fields["content-length"])
    assert.is_false(is_asked)
  end)

  it("has an environment in which nothing is missing", function()
    local env, read
    local seen = {}
    ask(function(wsapi_env)
      env = wsapi_env
      for _, name in ipairs{ "REQUEST_METHOD", "PATH_INFO", "HTTP_X_ONE", "HTTP_ACCEPT", "HTTPS", "REQUEST_SCHEME",
        "GATEWAY_INTERFACE", "no such variable" } do
        seen[#seen + 1] = env[name]
      end
      seen[#seen + 1] = env[17] -- not even a name
      seen[#seen + 1] = env.input.length
      read = { env.input:read(2), env.input:read(100), env.input:read(1) or "nothing" }
      env.MINE = "kept"
      seen[#seen + 1] = env.MINE
      return 200, {}
    end, "POST", "/", "abcde", { ["X-One"] = "1" })
    assert.are.same({ "POST", "/", "1", "", "", "http", "CGI/1.1", "", "", 5, "kept" }, seen)
    assert.are.same({ "ab", "cde", "nothing" }, read)
    assert.is_true(env.error:write(""))
  end)

  it("has an environment until it has answered", function()
    local env, method
    ask(function(wsapi_env)
      env = wsapi_env
      return 200, {}, coroutine.wrap(function()
        method = env.REQUEST_METHOD
      end)
    end)
    assert.are.equal("GET", method)
    local is_good, problem = pcall(function()
      return env.REQUEST_METHOD
    end)
    assert.is_false(is_good)
    assert.truthy(problem:find("the request has ended", 1, true), problem)
  end)

  it("reads all of its input when it does not say how much", function()
    local read
    ask(function(env)
      read = env.input:read()
      return 200, {}
    end, "POST", "/", "abcde")
    assert.are.equal("abcde", read)
  end)

  it("has a PATH_INFO of / where it is mounted, and knows of https", function()
    local seen
    here.ask({ url_prefix = "/app", url_scheme = "https", app = wserve.wsapi.handler(function(env)
      seen = { env.SCRIPT_NAME, env.PATH_INFO, env.HTTPS, wserve.url(env) }
      return 200, {}
    end) }, "GET", "/app")
    assert.are.same({ "/app", "/", "on", "https://example.com/app/" }, seen)
  end)

  it("may be a table with run", function()
    local response = ask{ run = function()
      return 200, {}, once("table")
    end }
    assert.are.equal("table", response.body)
  end)

  it("fails with a 500, with another status, or in the middle", function()
    assert.are.equal(500, ask(function()
      error("as asked")
    end).status)
    local missing = ask(function()
      error({ 404, "no such page" })
    end)
    assert.are.equal(404, missing.status)
    assert.are.equal("no such page", missing.body)
    assert.are.equal(500, ask(function()
      return "nonsense", {}, once("x")
    end).status)
    local half = ask(function()
      return 200, {}, coroutine.wrap(function()
        coroutine.yield("half")
        error("as asked")
      end)
    end)
    assert.are.equal("half", half.body)
    assert.is_false(half.is_complete)
  end)

  it("that is none is an error", function()
    for _, app in ipairs{ 17, {}, true } do
      local is_good, problem = pcall(wserve.wsapi.handler, app)
      assert.is_false(is_good)
      assert.truthy(problem:find("a WSAPI application is", 1, true), problem)
    end
    assert.is_false(pcall(wserve.wsapi.handler, "no.such.module"))
    assert.is_false(pcall(wserve.wsapi.handler, "/no/such/file.lua"))
  end)
end)

describe("wsapi.request and wsapi.response", function()
  local request = require "wsapi.request"
  local response = require "wsapi.response"

  local function run(env)
    local req = request.new(env)
    local res = response.new(200, { ["Content-Type"] = "text/plain" })
    res:write(req.method, " ", req.path_info, " ", req.GET.a or "-", " ", req.POST.b or "-", " ", req.cookies.c or "-", "\n")
    local file = req.POST.file
    if file then
      res:write(file.name, " ", file.contents)
    end
    res:set_cookie("one", "1")
    res:set_cookie("two", { value = "2", path = "/" })
    return res:finish()
  end

  it("see queries, forms and cookies", function()
    local got = ask(run, "POST", "/x?a=1%2B1", "b=two+words", {
      ["Content-Type"] = "application/x-www-form-urlencoded", Cookie = "c=3; d=4" })
    assert.are.equal("POST /x 1+1 two words 3\n", got.body)
    assert.are.same({ "one=1", "two=2; path=/" }, got.fields["set-cookie"])
    assert.are.same({ tostring(#got.body) }, got.fields["content-length"])
  end)

  it("see files that are sent up", function()
    local body = table.concat({ "--xyz", 'Content-Disposition: form-data; name="b"', "", "plain", "--xyz",
      'Content-Disposition: form-data; name="file"; filename="f.bin"', "Content-Type: application/octet-stream", "",
      "\0\1\255", "--xyz--", "" }, "\r\n")
    local got = ask(run, "POST", "/", body, { ["Content-Type"] = "multipart/form-data; boundary=xyz" })
    assert.are.equal("POST / - plain -\nf.bin \0\1\255", got.body)
  end)

  it("see chunked bodies", function()
    local server = here.server(wserve.wsapi.handler(run))
    local client = here.connect(server)
    client:send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
      .. "Content-Type: application/x-www-form-urlencoded\r\n\r\n2\r\nb=\r\n3\r\nabc\r\n0\r\n\r\n")
    assert.are.equal("POST / - abc -\n", client:read_response().body)
    client:close()
    server:close()
  end)

  it("redirect", function()
    local got = ask(function(env)
      return response.new():redirect(wserve.url(env, "/login"))
    end)
    assert.are.equal(302, got.status)
    assert.are.same({ "http://example.com/login" }, got.fields.location)
  end)

  it("know behind nginx what their clients see", function()
    local process = Process.start{ programs.lua, programs.command, "--listen=127.0.0.1:0", "--workers=2", "--url-prefix=/app",
      "--trusted-proxy=127.0.0.1", "--trusted-proxy-headers=x-forwarded-for x-forwarded-proto x-forwarded-host",
      programs.apps .. "form.lua" }
    local nginx = Nginx.start(([[
      location /app {
        proxy_pass http://127.0.0.1:%d;
        proxy_set_header X-Forwarded-For 192.0.2.7;
        proxy_set_header X-Forwarded-Proto https;
        proxy_set_header X-Forwarded-Host shop.example;
      }]]):format(process:read_port()))
    local form = { ["Content-Type"] = "application/x-www-form-urlencoded" }
    assert.are.equal("https://shop.example/app/x?a=1 Ann 192.0.2.7 on",
      Client.ask(nginx.port, "POST", "/app/x?a=1", "name=Ann", form).body)
    local redirect = Client.ask(nginx.port, "POST", "/app/x", "", form)
    assert.are.same({ "https://shop.example/app/form" }, redirect.fields.location)
    nginx:stop()
    local status, _, errors = process:stop()
    assert.are.equal(0, status, errors)
  end)
end)
