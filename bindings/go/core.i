/* The control calls for Go. What every request needs is in internal/core/hot.c, by hand. */
%module core
%insert(cgo_comment_typedefs) %{
#cgo pkg-config: wserve
%}

%ignore ws_server::load; /* the application is a handler */
%ignore ws_request::get; /* a part of what hot_next() packs */
%ignore ws_request::body_size;
%ignore ws_request::reply;
%ignore ws_request::start;
%ignore ws_request::add_header;
%ignore ws_request::add_headers;
%ignore ws_request::write;
%ignore ws_request::flush;
%ignore ws_request::send_file;
%ignore ws_request::end;
%ignore ws_request::pending;
%ignore ws_request::set_mark;
%ignore ws_request::event_fd; /* a part of hot.c */
%ignore ws_request::~ws_request;

%include "wserve.i"
