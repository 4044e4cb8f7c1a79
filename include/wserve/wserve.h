/* libwserve: the application server as a library. This header brings in all of its C interface. */
#ifndef WSERVE_WSERVE_H
#define WSERVE_WSERVE_H

#include <wserve/answer.h>
#include <wserve/deploy.h>
#include <wserve/embed.h>
#include <wserve/encode.h>
#include <wserve/fields.h>
#include <wserve/form.h>
#include <wserve/observe.h>
#include <wserve/option.h>
#include <wserve/request.h>
#include <wserve/resource.h>
#include <wserve/server.h>
#include <wserve/stat.h>
#include <wserve/status.h>
#include <wserve/stream.h>
#include <wserve/worker.h>

#endif
