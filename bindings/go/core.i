/* The control calls for Go. What every request needs is in internal/core/hot.c, by hand. */
%module core
%insert(cgo_comment_typedefs) %{
#cgo pkg-config: wserve
%}

%ignore ws_server::load; /* the application is a handler */
%ignore ws_request::get; /* a part of what hot_take() packs */
%ignore ws_request::body_size;
%ignore ws_request::reply; /* hot_answer() and hot_begin() take the fields, too */
%ignore ws_request::start;
%ignore ws_request::add_header; /* add_headers() takes several */
%ignore ws_request::write; /* the type of a handler's bytes matters: hot.go has it */
%ignore ws_request::interim; /* hot_interim() takes the fields, too */
%ignore ws_request::pending;
%ignore ws_request::set_mark;

%include "wserve.i"
%include "binding.i"

%extend ws_request {
  ws_status give_up(const char* text);
}
