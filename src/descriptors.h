/* How many descriptors the process may have, and which of them its children do not get. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <wserve/wserve.h>

/* As many as the option connection_limit of `server` asks for, as far as the process may. */
void raise_descriptor_limit(ws_server* server);

/* Programs that the application starts have no use for the sockets that this one was given. */
void keep_sockets(ws_server* server);

#endif
