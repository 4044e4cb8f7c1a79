/* A Lua module: what the echo app does with the descriptor of a detached connection, which standard
 * Lua cannot use. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <poll.h>
#include <unistd.h>

static int check_descriptor(lua_State* L) {
  return (int)luaL_checkinteger(L, 1);
}

static void wait_for(int fd, short events) {
  struct pollfd waiting = {.fd = fd, .events = events, .revents = 0};
  (void)poll(&waiting, 1, -1);
}

static int has_to_wait(void) {
  return errno == EAGAIN || errno == EINTR;
}

/* read(descriptor) -> bytes; "" at the end */
static int descriptor_read(lua_State* L) {
  const int fd = check_descriptor(L);
  char bytes[4096];
  ssize_t got = read(fd, bytes, sizeof bytes);
  while (got < 0 && has_to_wait()) {
    wait_for(fd, POLLIN);
    got = read(fd, bytes, sizeof bytes);
  }
  lua_pushlstring(L, bytes, got > 0 ? (size_t)got : 0);
  return 1;
}

/* write(descriptor, bytes): all of them, unless the client has left */
static int descriptor_write(lua_State* L) {
  const int fd = check_descriptor(L);
  size_t left = 0;
  const char* bytes = luaL_checklstring(L, 2, &left);
  while (left > 0) {
    const ssize_t sent = write(fd, bytes, left);
    if (sent >= 0) {
      bytes += sent;
      left -= (size_t)sent;
    } else if (has_to_wait()) {
      wait_for(fd, POLLOUT);
    } else {
      break;
    }
  }
  return 0;
}

/* close(descriptor) */
static int descriptor_close(lua_State* L) {
  (void)close(check_descriptor(L));
  return 0;
}

int luaopen_descriptor(lua_State* L);
int luaopen_descriptor(lua_State* L) {
  lua_newtable(L);
  lua_pushcfunction(L, descriptor_read);
  lua_setfield(L, -2, "read");
  lua_pushcfunction(L, descriptor_write);
  lua_setfield(L, -2, "write");
  lua_pushcfunction(L, descriptor_close);
  lua_setfield(L, -2, "close");
  return 1;
}
