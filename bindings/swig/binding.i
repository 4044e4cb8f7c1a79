/* The control calls of <wserve/binding.h>: what a server keeps until the language, by hand, takes it. */
%{
#include <wserve/binding.h>
%}

%extend ws_server {
  ws_status keep_log(size_t limit);
  int log_fd();
  ws_status keep_access(size_t limit);
  int access_fd();
  ws_status keep_slow();
  int slow_fd();
}
