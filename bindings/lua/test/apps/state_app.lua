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
  elseif path == "/mask" then -- what a program that the application starts inherits
    local program = io.popen("exec grep SigBlk /proc/self/status")
    req:reply(200, "text/plain", program:read("*a"):match("%x+%s*$"))
    program:close()
    return
  elseif path == "/hook" then -- an error that comes out wherever the state is
    debug.sethook(function() error("time is up") end, "", 3)
    return
  elseif path == "/slow" then
    wserve.sleep(0.2)
  end
  req:reply(200, "text/plain", tostring(count))
end
