-- An application for workers.
local wserve = require "wserve"

local count = 0

return function(req)
  local path = req.env.PATH_INFO
  count = count + 1
  if path == "/raise" then
    error("as asked")
  elseif path == "/late" then
    req:reply(200, "text/plain", "late\n")
    error("too late")
  elseif path == "/exit" then
    os.exit(3, true)
  elseif path == "/endless" then
    while true do
      count = count + 1
    end
  elseif path == "/slow" then
    wserve.sleep(0.2)
  end
  req:reply(200, "text/plain", tostring(count))
end
