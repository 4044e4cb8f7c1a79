-- A WSAPI application that reads a streamed body: piece by piece, or as a whole.
local streamed = {}

local function say(...)
  io.stdout:write(...)
  io.stdout:flush()
end

-- What reading beyond the last byte of a client gives.
local function tell_of_error(input)
  local first = input:read(4)
  say("reading\n")
  local bytes, problem = input:read(5)
  say(first, ", then ", tostring(bytes), " and a ", type(problem), "\n")
end

function streamed.run(env)
  if env.PATH_INFO == "/refuse" then
    return 403, { ["Content-Type"] = "text/plain" }, "no"
  end
  if env.PATH_INFO == "/error" then
    tell_of_error(env.input)
  end
  return 200, { ["Content-Type"] = "text/plain" }, coroutine.wrap(function()
    if env.PATH_INFO == "/all" then
      coroutine.yield("<" .. (env.input:read() or "none") .. ">")
    end
    local piece = env.input:read(3)
    while piece do
      coroutine.yield(piece)
      piece = env.input:read(3)
    end
  end)
end

return streamed
