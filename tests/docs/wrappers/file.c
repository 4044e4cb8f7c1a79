/* Functions of a document. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wserve/fields.h>
#include <wserve/observe.h>
#include <wserve/stream.h>
#include <wserve/worker.h>
#include <wserve/wserve.h>

BLOCK
