/* A test program that has a network, a process space and a view of the file system of its own. In
 * it fixed ports are free, /run, /var/log, /var/lib/nginx and /etc/ssl/private are empty folders,
 * any address can be given to the loopback device, and whatever the test leaves running ends with
 * it. */
#ifndef SUPPORT_OWN_NETWORK_H
#define SUPPORT_OWN_NETWORK_H

/* Runs tests() in there, and returns what it returned. As another user than root this program is
 * started anew by unshare(1) as root of a user namespace, which needs the package uidmap. */
int run_in_own_network(char** argv, int (*tests)(void));

/* Gives the loopback device an address, "203.0.113.7/32". */
void add_address(const char* address);

/* Runs a program to its end; the test fails, with what the program said, unless it exits with 0. */
void must_run(const char* const* argv);

/* Writes /etc/ssl/private/example.com.pem, key and certificate for example.com, and
 * /etc/ssl/private/ca.pem, what clients must trust to accept it. */
void make_certificate(void);

#endif
