/* What runs once per request: taking it, its environ, its body, its end. */
#define _GNU_SOURCE
#include <sys/stat.h>

#include <wserve/binding.h>

#include "core.h"

enum { USUAL_PAIRS = 64 };
#define MOST (1LL << 50) /* bytes; more than any body has */

/* take(worker, timeout_ms) -> request | nil, status[, what has failed] */
int core_take(lua_State* L) {
  ws_worker* worker = handle_to_worker(L, 1);
  const int timeout_ms = (int)luaL_checkinteger(L, 2);
  handle_push_empty_request(L);
  ws_request* request = NULL;
  const ws_status status = ws_worker_next(worker, timeout_ms, &request);
  if (status == WS_OK) {
    handle_fill(L, -1, request);
    return 1;
  }
  lua_pushnil(L);
  lua_pushinteger(L, (lua_Integer)status);
  if (status >= 0) {
    return 2;
  }
  lua_pushstring(L, ws_last_error());
  return 3;
}

/* done(request[, problem]): the application has returned, or has failed with a problem. False when
 * nobody will hear of the problem, because the answer was complete. */
int core_done(lua_State* L) {
  ws_request* request = handle_to_request(L, 1);
  ws_status status = WS_OK;
  if (!lua_isnoneornil(L, 2)) {
    status = ws_request_fail(request, luaL_checkstring(L, 2));
  } else if (!handle_is_answered(L, 1)) {
    (void)ws_request_end(request); /* WS_ESTATE: it has ended, or the release makes a 500 of it */
  }
  ws_request_release((ws_request*)handle_clear(L, 1));
  lua_pushboolean(L, status == WS_OK);
  return 1;
}

/* environ(request) -> table */
int core_environ(lua_State* L) {
  ws_request* request = handle_to_request(L, 1);
  ws_pair usual[USUAL_PAIRS];
  ws_pair* pairs = usual;
  const size_t count = ws_request_pairs(request, pairs, USUAL_PAIRS);
  if (count > USUAL_PAIRS) { /* Lua's memory: it is given back when an error is raised, too */
    pairs = (ws_pair*)lua_newuserdata(L, count * sizeof *pairs);
    (void)ws_request_pairs(request, pairs, count);
  }
  lua_createtable(L, 0, (int)count);
  for (size_t i = 0; i < count; ++i) {
    lua_pushlstring(L, pairs[i].key, pairs[i].key_size);
    lua_pushlstring(L, pairs[i].value, pairs[i].value_size);
    lua_rawset(L, -3);
  }
  return 1;
}

/* get(request, key) -> value | nil */
int core_get(lua_State* L) {
  ws_request* request = handle_to_request(L, 1);
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_pushstring(L, ws_request_get(request, lua_tostring(L, 2))); /* NULL becomes nil */
  } else {
    lua_pushnil(L);
  }
  return 1;
}

static size_t wanted(lua_State* L, ws_request* request) {
  const int64_t length = ws_request_body_size(request);
  const lua_Number size = length >= 0 ? (lua_Number)length : (lua_Number)MOST;
  const lua_Number limit = luaL_optnumber(L, 2, size);
  luaL_argcheck(L, limit >= 0, 2, "a number of bytes, 0 or more");
  return (size_t)(limit < size ? limit : size);
}

/* read(request[, limit]) -> bytes, "" at the end | nil, message when the client has left
 *
 * As many as are asked for: of a streamed body it waits for them. */
int core_read(lua_State* L) {
  ws_request* request = handle_to_request(L, 1);
  size_t left = wanted(L, request);
  luaL_Buffer bytes;
  luaL_buffinit(L, &bytes);
  while (left > 0) {
    char* piece = luaL_prepbuffer(&bytes);
    const int64_t got =
        ws_request_read(request, piece, left < LUAL_BUFFERSIZE ? left : LUAL_BUFFERSIZE);
    if (got == WS_ESTATE) { /* the request is live: it is the one thing that this can be */
      return luaL_error(L,
                        "without workers nobody can wait for a body that still comes: "
                        "have workers, or take read_some()");
    }
    if (got < 0) {
      return push_result(L, (ws_status)got);
    }
    if (got == 0) {
      break;
    }
    luaL_addsize(&bytes, (size_t)got);
    left -= (size_t)got;
  }
  luaL_pushresult(&bytes);
  return 1;
}

/* read_some(request, limit, timeout_ms) -> bytes, "" at the end | nil, "timeout" | nil, message
 * when the client has left */
int core_read_some(lua_State* L) {
  ws_request* request = handle_to_request(L, 1);
  const lua_Number limit = luaL_checknumber(L, 2);
  const int timeout_ms = (int)luaL_checkinteger(L, 3);
  luaL_argcheck(L, limit >= 1, 2, "a number of bytes, 1 or more");
  luaL_Buffer bytes;
  luaL_buffinit(L, &bytes);
  char* piece = luaL_prepbuffer(&bytes);
  size_t got = 0;
  const ws_status status = ws_request_read_some(
      request, piece, limit < LUAL_BUFFERSIZE ? (size_t)limit : LUAL_BUFFERSIZE, timeout_ms, &got);
  luaL_addsize(&bytes, got);
  luaL_pushresult(&bytes);
  if (status == WS_TIMEOUT) {
    lua_pushnil(L);
    lua_pushliteral(L, "timeout");
    return 2;
  }
  return status == WS_OK ? 1 : push_result(L, status);
}

/* trailers(request) -> list of { name, value } | nil, message */
int core_trailers(lua_State* L) {
  ws_request* request = handle_to_request(L, 1);
  const char* name = NULL;
  const char* value = NULL;
  ws_status status = WS_OK;
  lua_newtable(L);
  for (int i = 0; (status = ws_request_trailer_at(request, (size_t)i, &name, &value)) == WS_OK;
       ++i) {
    lua_createtable(L, 2, 0);
    lua_pushstring(L, name);
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, value);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, i + 1);
  }
  return status == WS_EUNKNOWN ? 1 : push_result(L, status);
}

/* detach(request) -> descriptor, bytes behind the request | nil, message */
int core_detach(lua_State* L) {
  int fd = -1;
  const char* left = NULL;
  size_t left_size = 0;
  const ws_status status = ws_request_detach(handle_to_request(L, 1), &fd, &left, &left_size);
  if (status != WS_OK) {
    return push_result(L, status);
  }
  lua_pushinteger(L, fd);
  lua_pushlstring(L, left, left_size);
  return 2;
}

/* file_extent(file or descriptor) -> descriptor, size */
int core_file_extent(lua_State* L) {
  int fd = -1;
  if (lua_type(L, 1) == LUA_TNUMBER) {
    fd = (int)lua_tointeger(L, 1);
  } else {
    /* In every Lua the userdata begins with the FILE*. */
    FILE* file = *(FILE**)luaL_checkudata(L, 1, LUA_FILEHANDLE);
    fd = file != NULL ? fileno(file) : -1;
  }
  struct stat found;
  if (fstat(fd, &found) != 0) {
    return luaL_argerror(L, 1, "an open file, or the descriptor of one");
  }
  lua_pushinteger(L, fd);
  lua_pushinteger(L, (lua_Integer)found.st_size);
  return 2;
}

int raise_last_error(lua_State* L) {
  lua_pushstring(L, ws_last_error());
  return lua_error(L);
}

int push_result(lua_State* L, ws_status status) {
  if (status == WS_EDISCONNECTED) {
    lua_pushnil(L);
    lua_pushstring(L, ws_last_error());
    return 2;
  }
  if (status < 0) {
    return raise_last_error(L);
  }
  lua_pushboolean(L, 1);
  return 1;
}
