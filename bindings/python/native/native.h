/* What the files of wserve._native share. The limited API: one build for CPython 3.11 and later. A
 * build for a debugging interpreter counts references with the others. */
#ifndef WSERVE_PYTHON_NATIVE_H
#define WSERVE_PYTHON_NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <pyconfig.h> /* says which kind of interpreter it is for */
#if !defined(Py_GIL_DISABLED) && !defined(Py_DEBUG)
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>

#include <wserve/binding.h>
#include <wserve/wserve.h>

/* Of the module: no object is kept in a variable of C. */
struct state {
  PyTypeObject* server_type;
  PyTypeObject* request_type;
  PyTypeObject* input_type;
  PyObject* disconnected_error; /* class, as the others below */
  PyObject* state_error;
  PyObject* system_error;
  PyObject* hop_by_hop_error;
  PyObject* input_key; /* str, as those below */
  PyObject* gone_key;
  PyObject* hints_key;
  PyObject* request_key;
  PyObject* close_name;
  PyObject* nothing; /* b"" */
};

struct state* wserve_state_of(PyTypeObject* type);

/* Raises what a status means, with ws_last_error() for its text; NULL. */
PyObject* wserve_raise(struct state* state, ws_status status);
PyObject* wserve_raise_state(struct state* state, const char* text);
/* None, or raises. */
PyObject* wserve_checked(struct state* state, ws_status status);

struct environ_cache;

/* -- A request -- */

/* What the application may still hold when its request has ended: `request` is NULL then. */
struct request {
  PyObject_HEAD struct state* state;
  ws_request* request;
  PyObject* status;  /* of start_response, for who must begin the answer anew; or NULL */
  PyObject* headers; /* likewise */
  int64_t declared;  /* Content-Length of the application's, or -1 */
  int64_t written;   /* bytes of the body */
  int holders;       /* who keeps `request` alive: the server, and threads that wait in it */
  int is_detached;
  int is_bodiless; /* the status says that there is no body */
};

struct request* wserve_new_request(struct state* state, ws_request* request);
/* The request behind the object; NULL, and a RuntimeError, when it has ended. */
ws_request* wserve_live(struct request* self);
/* Gives the library's request back. Without an answer the client gets a 500. */
void wserve_end_request(struct request* self);
/* One holder less; the last one gives `request` back. */
void wserve_let_go(struct request* self, ws_request* request);

/* Methods of a request about its body, and about writing without waiting: in stream.c. */
PyObject* wserve_readinto(PyObject* request, PyObject* buffer);
PyObject* wserve_rewind(PyObject* request, PyObject* none);
PyObject* wserve_body_size(PyObject* request, PyObject* none);
PyObject* wserve_trailers(PyObject* request, PyObject* none);
PyObject* wserve_try_write(PyObject* request, PyObject* piece);
PyObject* wserve_pending(PyObject* request, PyObject* none);
PyObject* wserve_set_mark(PyObject* request, PyObject* bytes);
PyObject* wserve_fileno(PyObject* request, PyObject* none);

/* Methods of a request that go into the environ as functions. */
PyMethodDef* wserve_is_gone_method(void);
PyMethodDef* wserve_early_hints_method(void);

int wserve_add_request_type(PyObject* module, struct state* state);
int wserve_add_input_type(PyObject* module, struct state* state);
int wserve_add_server_type(PyObject* module, struct state* state);

/* wsgi.input: made for every request, used by few. */
PyObject* wserve_new_input(struct state* state, struct request* request, PyObject* open_body);

/* -- start_response, write, and the body -- */

PyObject* wserve_new_start_response(struct request* request);
PyObject* wserve_new_write(struct request* request);
/* Begins the answer with status and headers, where a Content-Length is `length` if that is not
 * negative. -1 with an exception. */
int wserve_begin(struct request* request, PyObject* status, PyObject* headers, int64_t length);
int wserve_early_hints(struct request* request, PyObject* headers);
/* A piece of the body, perhaps the last one, with which the answer ends. -1 with an exception. */
int wserve_send_piece(struct request* request, PyObject* piece, int is_last);

/* -- The environ -- */

/* Keys and values that come again and again, as str. */
struct environ_cache* wserve_new_cache(void);
void wserve_free_cache(struct environ_cache* cache);
/* The pairs as str objects, into a dict. Tells whether the client wants another protocol. -1 with
 * an exception. */
int wserve_fill_environ(struct environ_cache* cache, PyObject* environ, const ws_pair* pairs,
                        size_t count, int* wants_upgrade);

/* -- Serving -- */

/* The part of a server that its requests need. */
struct hooks {
  PyObject* app;
  PyObject* file_type;    /* class of wsgi.file_wrapper */
  PyObject* deliver_file; /* (request, wrapper, write) -> bool */
  PyObject* report;       /* (exception, environ, request) */
  PyObject* open_body;    /* (request) -> file for wsgi.input */
  PyObject* open_socket;  /* (environ, request), for who wants another protocol */
  PyObject* base;         /* dict: what all environs have in common */
};

/* Sends what the application has returned, and ends the answer. -1 with an exception. */
int wserve_send_body(struct request* request, const struct hooks* hooks, PyObject* result);
/* Runs the application for a request that was taken: nothing raises out of it. */
void wserve_serve(struct state* state, const struct hooks* hooks, struct environ_cache* cache,
                  ws_request* taken, const ws_pair* pairs, size_t count);

#endif
