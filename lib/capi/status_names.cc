// Every status has a name and a sentence.
#include "capi/status_names.h"

#include <algorithm>
#include <array>

namespace wserve::capi {

namespace {

struct Entry {
  ws_status status;
  const char* name;
  const char* sentence;
};

constexpr std::array kEntries = {
    Entry{WS_OK, "WS_OK", "all is well"},
    Entry{WS_TIMEOUT, "WS_TIMEOUT", "the time is up"},
    Entry{WS_INTERRUPTED, "WS_INTERRUPTED", "the wait was interrupted"},
    Entry{WS_CLOSED, "WS_CLOSED", "the server has stopped"},
    Entry{WS_EINVAL, "WS_EINVAL", "a value is not allowed"},
    Entry{WS_ENOMEM, "WS_ENOMEM", "out of memory"},
    Entry{WS_ESTATE, "WS_ESTATE", "the call comes too early, too late or twice"},
    Entry{WS_EUNKNOWN, "WS_EUNKNOWN", "no such name or index"},
    Entry{WS_EDISCONNECTED, "WS_EDISCONNECTED", "the client has left"},
    Entry{WS_ECONFLICT, "WS_ECONFLICT", "options exclude each other"},
    Entry{WS_ESYSTEM, "WS_ESYSTEM", "the operating system refuses"},
    Entry{WS_EAPP, "WS_EAPP", "the application has failed"},
    Entry{WS_EINTERNAL, "WS_EINTERNAL", "internal error"},
    Entry{WS_ETOOBIG, "WS_ETOOBIG", "more than a limit"},
};

const Entry* find(int status) noexcept {
  const auto* found = std::find_if(kEntries.begin(), kEntries.end(),
                                   [status](const Entry& e) { return e.status == status; });
  return found != kEntries.end() ? found : nullptr;
}

}  // namespace

const char* name_of(ws_status status) noexcept {
  const Entry* entry = find(status);
  return entry != nullptr ? entry->name : "unknown status";
}

const char* describe(base::Code code) noexcept {
  const Entry* entry = find(static_cast<int>(code));
  return entry != nullptr ? entry->sentence : "unknown failure";
}

}  // namespace wserve::capi
