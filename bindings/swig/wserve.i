/* The control calls of libwserve, for every language: a list of prototypes. A method of a class is called
 * ws_<class>_<method>, and SWIG calls that function of the library itself: methods have no bodies here.
 *
 * What runs once per request and must be fast, waits, or gives back several values (next, pack, read, write, detach,
 * join) is written by hand in each language. check_coverage.py sees to it that nothing is forgotten.
 *
 * A language includes this file behind its own %module; to leave a method out, because it writes that one by hand, it
 * says %ignore ws_server::NAME before. */
%{
#include <wserve/wserve.h>
%}

%nodefaultctor;
%nodefaultdtor;

%rename(Server) ws_server;
%rename(Worker) ws_worker;
%rename(Request) ws_request;
%rename("%(strip:[WS_])s", %$isenumitem) "";

#ifndef SWIGRUBY /* which writes it by hand, under the same name */
%rename(finish) ws_request::end; /* `end` is a keyword of Lua */
#endif

%include "bytes.i"
%include "result.i"

%rename(status_name) ws_status_name;
%rename(last_error) ws_last_error;
%rename(version) ws_version;
%rename(abi_version) ws_abi_version;
%ignore WS_VERSION_TEXT;
%include "wserve/export.h"
%ignore ws_has_feature;
%include "wserve/status.h"

%rename(option_count) ws_option_count;
%rename(option_name) ws_option_name;
%rename(option_type) ws_option_type;
%rename(option_unit) ws_option_unit;
%rename(option_default) ws_option_default;
%rename(option_range) ws_option_range;
%rename(option_help) ws_option_help;
%rename(option_since) ws_option_since;
%ignore ws_option_example;
%ignore ws_option_see_also;
%ignore ws_option_is_live;
%ignore ws_server_reconfigure;
%ignore ws_server_load_options;
%include "wserve/option.h"

%rename(stat_count) ws_stat_count;
%rename(stat_name) ws_stat_name;
%rename(stat_metric) ws_stat_metric;
%rename(stat_labels) ws_stat_labels;
%rename(stat_type) ws_stat_type;
%rename(stat_unit) ws_stat_unit;
%rename(stat_help) ws_stat_help;
%rename(stat_since) ws_stat_since;
%include "wserve/stat.h"

/* SWIG takes the values from the headers when the wrapper is compiled. */
typedef enum ws_gone_reason {
  WS_GONE_NO, WS_GONE_HALF_CLOSED, WS_GONE_DISCONNECTED, WS_GONE_TIME_UP, WS_GONE_DRAINING
} ws_gone_reason;

typedef struct ws_server {
  %extend {
    ws_server() { return ws_server_new(); }
    ~ws_server() { ws_server_free($self); }
    ws_status set(const char* name, const char* value);
    const char* get(const char* name);
    ws_status use_named(const char* name, const char* settings);
    ws_status load(const char* name, const char* settings);
    ws_status load_settings(const char* name, const char* settings);
    ws_status check();
    ws_status listen();
    int port(size_t index);
    const char* address(size_t index);
    ws_status start();
    ws_status join();
    void stop();
    void drain(int deadline_ms);
    int64_t stat(const char* name);
  }
} ws_server;

typedef struct ws_worker {
  %extend {
    ws_worker(ws_server* server) { return ws_worker_new(server); }
    ~ws_worker() { ws_worker_free($self); }
    void wake();
    int fd();
  }
} ws_worker;

/* Only ws_worker_next() makes requests. */
typedef struct ws_request {
  %extend {
    ~ws_request() { ws_request_release($self); }
    const char* get(const char* key);
    ws_status set(const char* key, const char* value);
    ws_status rewind();
    int64_t body_size();
    int gone();
    ws_status reply(int status, const char* content_type, const void* data, size_t size);
    ws_status start(int status, const char* reason);
    ws_status add_header(const char* name, const char* value);
    ws_status add_headers(const char* fields, size_t size);
    ws_status write(const void* data, size_t size);
    ws_status flush();
    ws_status send_file(int fd, int64_t offset, int64_t size);
    ws_status add_trailer(const char* name, const char* value);
    ws_status interim(int status);
    ws_status end();
    ws_status fail(const char* text);
    uint64_t pending();
    ws_status set_mark(uint64_t bytes);
    int event_fd();
  }
} ws_request;
