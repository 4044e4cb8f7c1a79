rockspec_format = "3.0"
package = "wserve"
version = "1.0.0-1"
source = { url = "file://." } -- `luarocks make` beside this file
description = {
  summary = "An HTTP/1.1 application server inside your program: WSAPI and more, on libwserve",
  license = "MIT",
}
dependencies = { "lua >= 5.1, < 5.5" }
external_dependencies = {
  WSERVE = { header = "wserve/wserve.h", library = "wserve" },
}
build = {
  type = "builtin",
  modules = {
    ["wserve"] = "wserve/init.lua",
    ["wserve.application"] = "wserve/application.lua",
    ["wserve.loop"] = "wserve/loop.lua",
    ["wserve.request"] = "wserve/request.lua",
    ["wserve.server"] = "wserve/server.lua",
    ["wserve.state"] = "wserve/state.lua",
    ["wserve.wsapi"] = "wserve/wsapi.lua",
    ["wserve.core"] = {
      sources = {
        "answer.c", "core_wrap.c", "explain.c", "host.c", "request.c", "sleep.c", "slow_stacks.c", "states.c", "stop_signals.c",
      },
      libraries = { "wserve", "pthread", "dl" },
      incdirs = { ".", "$(WSERVE_INCDIR)" },
      libdirs = { "$(WSERVE_LIBDIR)" },
    },
  },
  install = { bin = { "bin/wserve-lua" } },
}
