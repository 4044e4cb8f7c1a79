-- A WSAPI application in a file: a table with run.
local hello = {}

function hello.run(env)
  if env.PATH_INFO == "/raise" then
    error("as asked")
  end
  return 200, { ["Content-Type"] = "text/plain" }, coroutine.wrap(function()
    coroutine.yield("Hello, " .. env.APP_PATH:match("[^/]*$") .. "!\n")
  end)
end

return hello
