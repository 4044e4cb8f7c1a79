-- An application below /shop behind nginx, which speaks https with the world: see nginx.conf beside this file. It makes
-- absolute URLs as its clients see them, and knows who they are.
-- Run it: lua shop.lua [ADDRESS]
local wserve = require "wserve"

local function app(req)
  local env = req.env
  if env.PATH_INFO == "/" then
    req:reply(302, { Location = wserve.url(env, "/list") })
  else
    req:reply(200, "text/plain", ("%s for %s\n"):format(wserve.url(env), env.REMOTE_ADDR))
  end
end

local server = wserve.new{
  listen = arg[1] or "127.0.0.1:8080",
  url_prefix = "/shop",
  trusted_proxy = "127.0.0.1",
  trusted_proxy_headers = { "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host" },
  app = app,
}
server:listen()
print("Serving on http://" .. server:address())
io.stdout:flush()
server:run()
