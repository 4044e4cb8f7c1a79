local wserve = require "wserve"

local function app(req)
  req:reply(200)
end

local function problem_of(options)
  options.app = options.app or app
  local is_good, problem = pcall(wserve.new, options)
  assert.is_false(is_good)
  return problem
end

describe("numbers", function()
  it("are described, and known to every server", function()
    local server = wserve.new{ app = function() end, metrics_listen = "127.0.0.1:0" }
    local names = {}
    for _, stat in ipairs(wserve.stats()) do
      names[stat.name] = stat
      assert.is_true(server:stat(stat.name) >= 0, stat.name)
    end
    assert.are.equal("gauge", names.waiting.type)
  end)
end)

describe("options", function()
  it("are known by name, with what a manual says of them", function()
    local names = {}
    for _, option in ipairs(wserve.options()) do
      names[option.name] = option
      assert.is_true(#option.help > 0)
    end
    for _, name in ipairs{ "listen", "url_scheme", "url_prefix", "trusted_proxy", "trusted_proxy_headers", "threads" } do
      assert.is_table(names[name], name)
    end
    assert.are.equal("0..1024 or auto", names.threads.range)
    assert.are.equal("bool", names.ipv6.type)
    assert.are.equal("seconds", names.channel_timeout.unit)
    assert.are.equal("http", names.url_scheme.default)
    assert.are.equal("1.0", names.listen.since)
  end)

  it("may each be set to their default", function()
    for _, option in ipairs(wserve.options()) do
      local server = wserve.new{ app = app, [option.name] = option.default }
      assert.are.equal(option.default, server:get(option.name))
    end
  end)

  it("are texts, numbers, booleans and lists", function()
    local server = wserve.new{
      app = app,
      url_prefix = "/shop",
      backlog = 17,
      channel_timeout = 1.5,
      ipv6 = false,
      trusted_proxy = { "127.0.0.1", "10.0.0.0/8" },
      ["url-scheme"] = "https",
    }
    assert.are.equal("/shop", server:get("url_prefix"))
    assert.are.equal("17", server:get("backlog"))
    assert.are.equal("1.5", server:get("channel_timeout"))
    assert.are.equal("false", server:get("ipv6"))
    assert.are.equal("127.0.0.1 10.0.0.0/8", server:get("trusted_proxy"))
    assert.are.equal("https", server:get("url_scheme"))
    assert.is_nil(server:get("no_such_option"))
  end)

  it("are refused in the library's words", function()
    assert.are.equal('threads must be 0..1024 or auto, got "many"', problem_of{ threads = "many" })
    assert.are.equal('threads must be 0..1024 or auto, got "-1"', problem_of{ workers = -1 })
    assert.truthy(problem_of{ url_scheme = "ftp" }:find("url_scheme", 1, true))
    assert.truthy(problem_of{ lisen = "127.0.0.1:0" }:find("lisen", 1, true))
    assert.truthy(problem_of{ trusted_proxy = "nonsense" }:find("nonsense", 1, true))
    assert.are.equal("ipv6 must be true or false, got a function", problem_of{ ipv6 = function() end })
  end)

  it("of a wrong type are refused with what is allowed", function()
    assert.are.equal("threads must be 0..1024 or auto, got a table", problem_of{ threads = { 1 } })
    assert.are.equal("workers must be 0..1024 or auto, got a table", problem_of{ workers = { 1 } })
    assert.are.equal("url_scheme must be http|https, got a table", problem_of{ url_scheme = { "http" } })
    assert.are.equal("trusted_proxy must be a text, or a list of texts, got a table",
      problem_of{ trusted_proxy = { "10.0.0.1", { "10.0.0.2" } } })
    assert.are.equal("trusted-proxy must be a text, or a list of texts, got a function",
      problem_of{ ["trusted-proxy"] = { app } })
    assert.are.equal("app must be a function, or the name of a module or file that returns one, got a number",
      problem_of{ app = 5 })
  end)

  it("are checked together when the server listens", function()
    local server = wserve.new{ app = app, listen = "127.0.0.1:0", port = 80 }
    local is_good, problem = pcall(server.listen, server)
    assert.is_false(is_good)
    assert.truthy(problem:find("listen", 1, true) and problem:find("port", 1, true), problem)
  end)

  it("of the binding are checked too", function()
    assert.truthy(problem_of{ access_logger = "syslog" }
      :find("access_logger must be a function, got a string", 1, true))
    assert.truthy(problem_of{ logger = "syslog" }:find("logger must be a function, got a string", 1, true))
    local is_good, problem = pcall(wserve.new, {})
    assert.is_false(is_good)
    assert.truthy(problem:find("app is missing", 1, true))
    assert.is_false(pcall(wserve.new, "127.0.0.1:80"))
  end)

  it("need no threads by default, and workers are another name of threads", function()
    assert.are.equal("0", wserve.new{ app = app }:get("threads"))
    assert.are.equal("3", wserve.new{ app = app, workers = 3 }:get("threads"))
  end)

  it("an address that is taken is an error that names it", function()
    local first = wserve.new{ app = app, listen = "127.0.0.1:0", catch_signals = false }:listen()
    local second = wserve.new{ app = app, listen = first:address(), catch_signals = false }
    local is_good, problem = pcall(second.listen, second)
    assert.is_false(is_good)
    assert.truthy(problem:find(first:address(), 1, true), problem)
    assert.are.equal(first:address(), "127.0.0.1:" .. first:port())
    assert.is_nil(first:address(2))
    assert.are.equal(-1, first:port(2))
  end)
end)
