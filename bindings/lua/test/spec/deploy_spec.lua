local wserve = require "wserve"

local here = require "support.here"

local function write_ini(text)
  local path = os.tmpname()
  os.remove(path)
  path = path .. ".ini"
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

local function show(req)
  req:reply(200, "text/plain", wserve.url(req.env))
end

local function problem_of(options)
  options.app = show
  local is_good, problem = pcall(wserve.new, options)
  assert.is_false(is_good)
  return problem
end

describe("filters", function()
  it("stand in front of the application", function()
    local response = here.ask({
      app = show,
      filters = { { "prefix", prefix = "/shop", scheme = "https", force_port = 8443 } },
    }, "GET", "/list?a=1")
    assert.are.equal("https://example.com:8443/shop/list?a=1", response.body)
    assert.are.equal("http://example.com/", here.ask({ app = show, filters = { "prefix" } }).body)
  end)

  it("are refused in the library's words", function()
    assert.truthy(problem_of{ filters = { "nonsense" } }:find("nonsense", 1, true))
    assert.truthy(problem_of{ filters = { { "prefix", nonsense = 1 } } }:find("nonsense", 1, true))
    assert.truthy(problem_of{ filters = { { "prefix", scheme = 'f"t\\p' } } }:find("scheme", 1, true))
    assert.truthy(problem_of{ filters = { 17 } }:find("a filter must be a text", 1, true))
    assert.truthy(problem_of{ filters = "prefix" }:find("filters must be a list", 1, true))
  end)
end)

describe("an ini file", function()
  local ini = write_ini[[
[DEFAULT]
mount = /shop

[server:main]
use = egg:wserve
backlog = 17
ident = file
threads = 8

[pipeline:main]
pipeline = proxy app

[filter:proxy]
use = egg:wserve#prefix
prefix = %(mount)s

[app:app]
use = egg:wserve#hello
]]

  teardown(function()
    os.remove(ini)
  end)

  it("gives options and filters, and the table overrules it", function()
    local server = here.server{ app = show, ini = ini, ident = "table" }
    assert.are.equal("17", server:get("backlog"))
    assert.are.equal("table", server:get("ident"))
    assert.are.equal("0", server:get("threads"))
    local client = here.connect(server)
    assert.are.equal("http://example.com/shop/x", client:exchange("GET", "/x").body)
    client:close()
    server:close()
  end)

  it("takes values beyond those of its [DEFAULT]", function()
    local open = write_ini("[server:main]\nuse = egg:wserve\n[pipeline:shop]\npipeline = proxy app\n"
      .. "[filter:proxy]\nuse = egg:wserve#prefix\nprefix = %(mount)s\n[app:app]\nuse = egg:wserve#hello\n")
    local response = here.ask({ app = show, ini = { open .. "#shop", mount = "/a b" } }, "GET", "/x")
    assert.are.equal("http://example.com/a%20b/x", response.body)
    os.remove(open)
  end)

  it("that is wrong is an error", function()
    assert.truthy(problem_of{ ini = "/no/such/file.ini" }:find("/no/such/file.ini", 1, true))
    assert.truthy(problem_of{ ini = ini .. "#nonsense" }:find("nonsense", 1, true))
    assert.truthy(problem_of{ ini = 17 }:find("ini must be a text", 1, true))
  end)
end)

describe("a server", function()
  it("is checked without listening", function()
    assert.is_table(wserve.new{ app = show, listen = "127.0.0.1:1" }:check())
    local server = wserve.new{ app = show, listen = "127.0.0.1:1", port = 1 }
    assert.is_false(pcall(server.check, server))
  end)

  it("explains what it believes of proxies", function()
    local server = wserve.new{
      app = show,
      trusted_proxy = "10.0.0.1",
      trusted_proxy_headers = { "x-forwarded-for", "x-forwarded-proto" },
    }
    local fields = { ["X-Forwarded-For"] = { "192.0.2.7" }, ["X-Forwarded-Proto"] = "https" }
    local text = server:explain_proxy("10.0.0.1:4711", fields)
    assert.truthy(text:find("192.0.2.7", 1, true), text)
    assert.are.equal(text, server:explain_proxy("10.0.0.1:4711", "X-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: https"))
    assert.are_not.equal(text, server:explain_proxy("10.0.0.2", fields))
    assert.is_string(server:explain_proxy("10.0.0.1"))
    local is_good, problem = pcall(server.explain_proxy, server, "nonsense")
    assert.is_false(is_good)
    assert.truthy(problem:find("nonsense", 1, true), problem)
  end)
end)
