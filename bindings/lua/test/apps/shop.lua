-- An Orbit application: routes, links, forms and a redirect.
-- luacheck: ignore 111 113 (module() makes globals of its functions)
local wserve = require "wserve"
local orbit = require "orbit"

module("shop", package.seeall, orbit.new)

function index(web)
  web.headers["Content-Type"] = "text/plain"
  return table.concat({ web:link("/list", { a = 1 }), wserve.url(web.vars), web.vars.REMOTE_ADDR, web.method }, "\n")
end

function order(web)
  if not web.input.what then
    return web:redirect(wserve.url(web.vars, "/"))
  end
  return "ordered " .. web.input.what
end

function broken()
  error("as asked")
end

shop:dispatch_get(index, "/", "/index")
shop:dispatch_post(order, "/order")
shop:dispatch_get(broken, "/broken")

return _M
