/* Answers: a status, fields from a table, and a body. */
#include <stdlib.h>
#include <string.h>

#include <wserve/binding.h>

#include "core.h"

/* "404" or "404 Not Here"; the reason is empty for the usual one. */
struct status_line {
  int status;
  const char* reason;
};

/* A number that an int can hold; whether it is a status, the library says. */
static int to_status(lua_State* L, int index, lua_Number number) {
  luaL_argcheck(L, number >= 0 && number <= 9999, index, "a status is a number of three digits");
  return (int)number;
}

static struct status_line check_status(lua_State* L, int index) {
  struct status_line line = {0, ""};
  if (lua_type(L, index) == LUA_TNUMBER) {
    line.status = to_status(L, index, lua_tonumber(L, index));
    return line;
  }
  const char* text = luaL_checkstring(L, index);
  char* end = NULL;
  line.status = to_status(L, index, (lua_Number)strtol(text, &end, 10));
  luaL_argcheck(L, end != text && (*end == ' ' || *end == '\0'), index,
                "a status is a number, or a text such as \"404 Not Found\"");
  line.reason = *end == ' ' ? end + 1 : end;
  return line;
}

/* A text that C can have: no NUL in it. */
static const char* check_text(lua_State* L, int index, const char* name) {
  size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  if (text == NULL) {
    luaL_error(L, "the value of field \"%s\" is a %s, not a text", name, luaL_typename(L, index));
  } else if (strlen(text) != size) {
    luaL_error(L, "a NUL in field \"%s\"", name);
  }
  return text;
}

static void add_field(lua_State* L, ws_request* request, const char* name, int value) {
  if (ws_request_add_header(request, name, check_text(L, value, name)) != WS_OK) {
    raise_last_error(L);
  }
}

/* A field that comes several times has a list of values. */
static void add_list(lua_State* L, ws_request* request, const char* name, int list) {
  for (int i = 1;; ++i) {
    lua_rawgeti(L, list, i);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      return;
    }
    add_field(L, request, name, lua_gettop(L));
    lua_pop(L, 1);
  }
}

static void add_fields(lua_State* L, ws_request* request, int index) {
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    const int value = lua_gettop(L);
    if (lua_type(L, value - 1) != LUA_TSTRING) {
      luaL_error(L, "the name of a field is a %s, not a text", luaL_typename(L, value - 1));
    }
    const char* name = check_text(L, value - 1, "name");
    if (lua_istable(L, value)) {
      add_list(L, request, name, value);
    } else {
      add_field(L, request, name, value);
    }
    lua_pop(L, 1);
  }
}

/* Fields are a table, or a text that is the Content-Type, or nil. */
static void add_any_fields(lua_State* L, ws_request* request, int index) {
  if (lua_istable(L, index)) {
    add_fields(L, request, index);
  } else if (lua_type(L, index) == LUA_TSTRING) {
    add_field(L, request, "Content-Type", index);
  } else if (!lua_isnoneornil(L, index)) {
    luaL_argerror(L, index, "fields are a table, or a text that is the Content-Type");
  }
}

/* add_fields(request, fields) */
int core_add_fields(lua_State* L) {
  add_any_fields(L, handle_to_request(L, 1), 2);
  return 0;
}

/* start(request, status[, fields]) -> true */
int core_start(lua_State* L) {
  ws_request* request = handle_to_request(L, 1);
  const struct status_line line = check_status(L, 2);
  add_any_fields(L, request, 3);
  return push_result(L, ws_request_start(request, line.status, line.reason));
}

/* reply(request, status[, fields[, body]]) -> true | nil, message */
int core_reply(lua_State* L) {
  ws_request* request = handle_to_request(L, 1);
  const struct status_line line = check_status(L, 2);
  size_t size = 0;
  const char* body = luaL_optlstring(L, 4, "", &size);
  add_any_fields(L, request, 3);
  const ws_status sent = ws_request_answer(request, line.status, line.reason, NULL, 0, body, size);
  if (sent == WS_OK) {
    handle_set_answered(L, 1);
  }
  return push_result(L, sent);
}

/* try_write(request, bytes) -> true | false | nil, message */
int core_try_write(lua_State* L) {
  ws_request* request = handle_to_request(L, 1);
  size_t size = 0;
  const char* bytes = luaL_checklstring(L, 2, &size);
  const ws_status status = ws_request_try_write(request, bytes, size);
  if (status == WS_TIMEOUT) {
    lua_pushboolean(L, 0);
    return 1;
  }
  return push_result(L, status);
}

/* write(request, bytes) -> true | nil, message */
int core_write(lua_State* L) {
  ws_request* request = handle_to_request(L, 1);
  size_t size = 0;
  const char* bytes = luaL_checklstring(L, 2, &size);
  return push_result(L, ws_request_write(request, bytes, size));
}
