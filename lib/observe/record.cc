// Looking up what is known of a request.
#include "observe/record.h"

#include <algorithm>

#include "http/target.h"

namespace wserve::observe {

using app::Moment;
using base::ByteView;
using base::Micros;

namespace {

const char* text_or_null(ByteView text) noexcept {
  return text.empty() ? nullptr : text.data();
}

}  // namespace

Micros wall_offset(const base::Clock& clock) noexcept {
  return clock.precise_wall_time() - clock.precise_now();
}

std::int64_t Record::time_of(std::size_t moment) const noexcept {
  const Micros time = moment < app::kMoments    ? seen_.time_of(static_cast<Moment>(moment))
                      : moment == app::kMoments ? seen_.ended()
                                                : Micros(0);
  return time.count() == 0 ? -1 : (time + wall_).count();
}

std::int64_t Record::between(Moment from, Moment to) const noexcept {
  const Micros begin = seen_.time_of(from);
  const Micros end = seen_.time_of(to);
  return begin.count() == 0 || end.count() == 0 ? -1 : (end - begin).count();
}

std::int64_t Record::until_end(Moment from) const noexcept {
  const Micros begin = seen_.time_of(from);
  return begin.count() == 0 ? -1 : (seen_.ended() - begin).count();
}

ByteView Record::authority() const noexcept {
  const ByteView named = http::raw_authority_of(seen_.target());
  return named.empty() ? seen_.field("Host") : named;
}

ByteView Record::path() const noexcept {
  return http::raw_path_of(seen_.target());
}

ByteView Record::query() const noexcept {
  const ByteView target = seen_.target();
  return target.substr(std::min(target.find('?'), target.size()));
}

const std::string& Record::peer() const {
  if (peer_.empty()) {
    const auto& proxied = seen_.endpoint().proxied;
    peer_ = proxied ? proxied->proxy : gateway::peer_text(seen_.endpoint());
  }
  return peer_;
}

// A PROXY header names the client's.
int Record::peer_port() const noexcept {
  const gateway::Endpoint& endpoint = seen_.endpoint();
  return endpoint.is_unix || endpoint.proxied ? -1 : endpoint.peer_port;
}

const char* Record::number(unsigned value) const {
  number_ = std::to_string(value);
  return number_.c_str();
}

const char* Record::find_field(ByteView key) const noexcept {
  constexpr ByteView kPrefix = "HTTP_";
  if (key.starts_with(kPrefix)) {
    key.remove_prefix(kPrefix.size());
  } else if (key != "CONTENT_TYPE" && key != "CONTENT_LENGTH") {
    return nullptr;
  }
  return seen_.field_by_key(key).data();
}

const char* Record::find(ByteView key) const {
  const gateway::Endpoint& endpoint = seen_.endpoint();
  if (key == "REQUEST_METHOD") {
    return text_or_null(seen_.method());
  }
  if (key == "REQUEST_URI") {
    return text_or_null(seen_.target());
  }
  if (key == "SERVER_PROTOCOL") {
    return text_or_null(seen_.protocol());
  }
  if (key == "REMOTE_ADDR") {
    if (!seen_.client().empty()) {
      return seen_.client().data();
    }
    if (endpoint.proxied) {
      client_ = gateway::peer_text(endpoint);
      return client_.c_str();
    }
    return peer().c_str();
  }
  if (key == "ws.peer_addr") {
    return peer().c_str();
  }
  if (key == "REMOTE_USER") {
    return text_or_null(seen_.user());
  }
  if (key == "ws.request_id") {
    return text_or_null(seen_.id());
  }
  if (key == "REMOTE_PORT" || key == "SERVER_PORT") {
    const unsigned port = key == "REMOTE_PORT" ? endpoint.peer_port : endpoint.server_port;
    const bool is_known = key == "SERVER_PORT" || seen_.client().empty() ||
                          seen_.client() == gateway::peer_text(endpoint);
    return endpoint.is_unix || !is_known ? nullptr : number(port);
  }
  return find_field(key);
}

}  // namespace wserve::observe
