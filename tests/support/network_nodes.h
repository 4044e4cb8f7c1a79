/* Machines of a test: network namespaces with addresses of their own, at one switch. The switch is
 * in the test's own network, where the clients are. */
#ifndef SUPPORT_NETWORK_NODES_H
#define SUPPORT_NETWORK_NODES_H

#include "support/process.h"

/* Makes the switch; `address` is that of the test itself, "10.0.1.7/16". Once, in
 * run_in_own_network(). */
void make_switch(const char* address);
void make_node(const char* name, const char* address);

/* process_start() on a node. */
struct process process_start_on(const char* node, const char* const* argv);
struct process process_start_activated_on(const char* node, int socket, const char* const* argv);

/* A listening TCP socket on a node; it lives in this process. */
int listen_on(const char* node, const char* address, int port);

#endif
