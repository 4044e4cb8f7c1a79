/* Doing nothing, which standard Lua cannot. */
#define _GNU_SOURCE
#include <time.h>

#include "core.h"

/* sleep(seconds): until the time is up, or a signal comes. */
int core_sleep(lua_State* L) {
  const lua_Number seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= 1e9, 1, "seconds, 0 or more");
  const struct timespec time = {
      .tv_sec = (time_t)seconds,
      .tv_nsec = (long)((seconds - (lua_Number)(time_t)seconds) * 1e9),
  };
  (void)nanosleep(&time, NULL);
  return 0;
}
