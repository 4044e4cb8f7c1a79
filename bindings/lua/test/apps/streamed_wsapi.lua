-- A WSAPI application that reads a streamed body: piece by piece, or as a whole.
local streamed = {}

function streamed.run(env)
  if env.PATH_INFO == "/refuse" then
    return 403, { ["Content-Type"] = "text/plain" }, "no"
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
