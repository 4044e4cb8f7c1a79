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

local take, CLOSED = core.take, core.CLOSED

-- Until the server has stopped; gives back what has failed, if anything has. `at_work[1]` is what is being answered,
-- `at_work[2]` says that there was a request.
local function answer_all(worker, serve, rest, at_work)
  while true do
    local handle, status, problem = take(worker, -1)
    if handle then
      at_work[1], at_work[2] = handle, true
      serve(handle)
      at_work[1] = false
    elseif status == CLOSED or problem then
      return problem
    end
    if rest then
      rest()
    end
  end
end

local function say(report, problem)
  report("an error between requests: " .. to_text(problem))
end

-- Before Lua 5.4 an error in a finalizer of the application's comes out wherever memory is asked for: here, too, so that
-- nothing is made outside of pcall().
local function recover(report, problem, at_work)
  local handle = at_work[1]
  at_work[1] = false
  if handle then
    pcall(core.done, handle, "an error around the application")
  end
  pcall(say, report, problem)
end

loop.INTERRUPTED = "interrupted by a second signal" -- stop_signals.c says it

local MIN_PAUSE, MAX_PAUSE = 0.1, 5

-- What fails again with no request between, as for want of memory, waits longer each time: it would spin, and fill the
-- log. Seconds.
local function pause_behind(pause, has_served)
  if has_served then
    return 0
  end
  return math.min(math.max(pause * 2, MIN_PAUSE), MAX_PAUSE)
end

-- Answers requests until the server has stopped. `report` is called with what goes wrong between them; `rest`, if it is
-- given, is called there.
function loop.run(worker, serve, report, rest)
  local at_work, pause = { false, false }, 0
  while true do
    at_work[2] = false
    local is_good, problem = pcall(answer_all, worker, serve, rest, at_work)
    if is_good and not problem then
      return
    elseif is_good or type(problem) == "string" and problem:find(loop.INTERRUPTED, 1, true) then
      error(problem, 0)
    end
    recover(report, problem, at_work)
    pause = pause_behind(pause, at_work[2])
    if pause > 0 then
      pcall(collectgarbage)
      core.sleep(pause)
    end
  end
end

return loop
