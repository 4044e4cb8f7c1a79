-- A WSAPI application with wsapi.request and wsapi.response.
local request = require "wsapi.request"
local response = require "wsapi.response"
local wserve = require "wserve"

return function(env)
  local req = request.new(env)
  local res = response.new(200, { ["Content-Type"] = "text/plain" })
  if not req.POST.name then
    return res:redirect(wserve.url(env, "/form"))
  end
  res:write(wserve.url(env), " ", req.POST.name, " ", env.REMOTE_ADDR, " ", env.HTTPS)
  return res:finish()
end
