-- Takes requests from a worker, has each answered, and goes on whatever the application does.

local core = require "wserve.core"
local requests = require "wserve.request"

local loop = {}

-- tostring() for what an application has made: its __tostring may fail, too.
local function to_text(value)
  local is_good, text = pcall(tostring, value)
  return is_good and text or "a " .. type(value) .. " that cannot be shown"
end

local function describe(problem)
  if type(problem) == "table" and type(problem[1]) == "number" then
    return { status = problem[1], text = to_text(problem[2] or "") } -- error{404, "no such page"}
  end
  return debug.traceback(to_text(problem), 2)
end

local function answer_status(request, problem)
  return pcall(core.reply, request.handle, problem.status, "text/plain", problem.text)
end

local function settle(request, is_good, problem, report)
  if not is_good and type(problem) == "table" then
    is_good = answer_status(request, problem)
    problem = ("error{%s, %q} could not be answered"):format(problem.status, problem.text)
  end
  if is_good then
    if not request.is_deferred then
      core.done(request.handle)
    end
  elseif not core.done(request.handle, problem) then
    report("the application failed after answering: " .. problem)
  end
end

-- Makes a function that has one request answered. `handler` is called with a Request, `report` with what nobody would
-- hear of otherwise.
function loop.make_server(handler, report)
  local next_request
  local function call()
    return handler(next_request)
  end
  return function(handle)
    local request = requests.wrap(handle)
    next_request = request
    local is_good, problem = xpcall(call, describe)
    next_request = nil
    settle(request, is_good, problem, report)
  end
end

-- Answers requests until the server has stopped. `rest`, if it is given, is called between them.
function loop.run(worker, serve, rest)
  local take, CLOSED = core.take, core.CLOSED
  while true do
    local handle, status = take(worker, -1)
    if handle then
      serve(handle)
    elseif status == CLOSED then
      return
    end
    if rest then
      rest()
    end
  end
end

return loop
