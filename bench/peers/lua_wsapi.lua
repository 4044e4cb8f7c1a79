-- The WSAPI application that wserve-lua and uWSGI run.
return function(_)
  local body = coroutine.wrap(function()
    coroutine.yield("Hello, World!\n")
  end)
  return 200, { ["Content-Type"] = "text/plain; charset=utf-8", ["Content-Length"] = "14" }, body
end
