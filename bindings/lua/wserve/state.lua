-- What a Lua state that has a thread of its own does: called with its worker, a function that reports problems, and the
-- kind and name of the application, it returns what the thread shall run.

local application = require "wserve.application"
local loop = require "wserve.loop"

return function(worker, report, kind, app)
  local serve = loop.make_server(application.load(kind, app), report)
  return function()
    loop.run(worker, serve, report)
  end
end
