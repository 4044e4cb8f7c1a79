/* What the library explains in a text. */
#include "host.h"

/* explain_proxy(host, peer, fields) -> text */
int core_explain_proxy(lua_State* L) {
  ws_server* server = check_host(L, 1)->server;
  const char* peer = luaL_checkstring(L, 2);
  const char* fields = luaL_checkstring(L, 3);
  const size_t size = ws_server_explain_proxy(server, peer, fields, NULL, 0);
  if (size == 0) {
    return raise_last_error(L);
  }
  char* text = (char*)lua_newuserdata(L, size + 1);
  (void)ws_server_explain_proxy(server, peer, fields, text, size + 1);
  lua_pushlstring(L, text, size);
  return 1;
}
