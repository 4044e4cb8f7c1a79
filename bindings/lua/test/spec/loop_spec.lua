-- Errors between requests, without a server: the worker's functions are stood in for.
local core = require "wserve.core"

describe("errors that repeat between requests", function()
  local real_take, real_sleep = core.take, core.sleep
  local slept, reports, loop, outcomes

  before_each(function()
    slept, reports = {}, {}
    function core.take()
      local outcome = table.remove(outcomes, 1)
      if outcome == "fail" then
        error("not enough memory", 0)
      elseif outcome == "request" then
        return {}
      end
      return nil, core.CLOSED
    end
    function core.sleep(seconds)
      slept[#slept + 1] = seconds
    end
    package.loaded["wserve.loop"] = nil
    loop = require "wserve.loop"
  end)

  after_each(function()
    core.take, core.sleep = real_take, real_sleep
    package.loaded["wserve.loop"] = nil
  end)

  local function run()
    loop.run({}, function() end, function(problem)
      reports[#reports + 1] = problem
    end)
  end

  it("wait longer each time", function()
    outcomes = { "fail", "fail", "fail", "fail", "fail", "fail", "fail", "fail" }
    run()
    assert.are.same({ 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5 }, slept)
    assert.are.equal(8, #reports)
    assert.truthy(reports[1]:find("not enough memory", 1, true))
  end)

  it("do not wait behind a request", function()
    outcomes = { "fail", "request", "fail", "request", "fail", "fail" }
    run()
    assert.are.same({ 0.1, 0.1 }, slept)
  end)
end)
