-- An Orbit application: routes, links, forms and a redirect.
unpack = unpack or table.unpack -- luacheck: ignore 121 143 (Orbit wants Lua 5.1's name of it)

local wserve = require "wserve"
local orbit = require "orbit"

local shop = orbit.new("shop")

function shop.index(web)
  web.headers["Content-Type"] = "text/plain"
  return table.concat({ web:link("/list", { a = 1 }), wserve.url(web.vars), web.vars.REMOTE_ADDR, web.method }, "\n")
end

function shop.order(web)
  if not web.input.what then
    return web:redirect(wserve.url(web.vars, "/"))
  end
  return "ordered " .. web.input.what
end

function shop.broken()
  error("as asked")
end

shop:dispatch_get(shop.index, "/", "/index")
shop:dispatch_post(shop.order, "/order")
shop:dispatch_get(shop.broken, "/broken")

return shop
