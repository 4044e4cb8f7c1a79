/* The wserve command that serves files, and how a test asks it. */
#ifndef FILES_SERVER_H
#define FILES_SERVER_H

#include "support/client.h"
#include "support/process.h"

/* On a free port of 127.0.0.1, with up to two further words ("dotfiles=serve", or NULL). */
struct process files_start(const char* root, const char* word, const char* other_word, int* port);

/* A request for a path, with further fields, each with its line end. */
struct response files_ask(int port, const char* method, const char* path, const char* fields);

/* The status of a GET, and with a body, that it is just this one. */
void assert_status(int port, const char* path, const char* fields, int status);
void assert_answer(int port, const char* path, const char* fields, int status, const char* body);

#endif
