/* Clients that ask a balancer without end, each on a kept connection, and count what comes back:
 * three GET requests, then a POST, each with a path of its own. */
#ifndef CLUSTER_LOAD_H
#define CLUSTER_LOAD_H

enum { LOAD_CLIENTS = 8 };

struct load;

/* What has happened since the last load_take(). */
struct load_counts {
  long answered;
  long failed_gets;
  long failed_posts;
  long late_failures; /* of requests that began after the last load_mark() */
};

struct load* load_start(const char* host, int port);

/* Waits until so many more requests were answered; the test fails when that takes for ever. */
void load_run(struct load* load, long requests);

/* How many requests are under way at this moment. */
int load_in_flight(struct load* load);
/* What begins from here on is late: see load_counts. */
void load_mark(struct load* load);

struct load_counts load_take(struct load* load);
void load_end(struct load* load);

#endif
