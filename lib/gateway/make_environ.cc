// A filled-in form, and behind it the body and every other field.
#include "gateway/make_environ.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/text.h"
#include "base/word.h"
#include "gateway/url_prefix.h"
#include "http/answer_head.h"

namespace wserve::gateway {

namespace {

constexpr ByteView kHttp = "HTTP_";

// A field name holds ASCII only: no byte reaches into its neighbour.
base::Word to_key_chars(base::Word name) noexcept {
  const base::Word from_a = name + base::repeat_byte(0x80 - 'a');
  const base::Word above_z = name + base::repeat_byte(0x80 - 'z' - 1);
  const base::Word is_lower = from_a & ~above_z & base::repeat_byte(0x80);
  const base::Word upper = name - (is_lower >> 2);  // 'a' - 'A' is 0x80 >> 2
  const base::Word against_dash = name ^ base::repeat_byte('-');
  const base::Word is_dash = ~(against_dash + base::repeat_byte(0x7f)) & base::repeat_byte(0x80);
  return upper + (is_dash >> 7) * ('_' - '-');
}

char to_key_char(char c) noexcept {
  return c == '-' ? '_' : base::to_upper(c);
}

// "-" becomes "_", letters become upper case.
char* write_key_chars(ByteView name, char* key) noexcept {
  constexpr std::size_t kWord = sizeof(base::Word);
  if (name.size() < kWord) {
    return std::transform(name.begin(), name.end(), key, to_key_char);
  }
  const std::size_t last = name.size() - kWord;
  for (std::size_t at = 0; at < last; at += kWord) {
    base::store_word(to_key_chars(base::load_word(name.data() + at)), key + at);
  }
  // The last word overlaps the one before it.
  base::store_word(to_key_chars(base::load_word(name.data() + last)), key + last);
  return key + name.size();
}

// "Accept-Language" becomes HTTP_ACCEPT_LANGUAGE.
ByteView make_key(ByteView name, base::Arena& arena) {
  char* key = arena.allocate(kHttp.size() + name.size() + 1);
  char* end = write_key_chars(name, std::copy(kHttp.begin(), kHttp.end(), key));
  *end = '\0';
  return {key, static_cast<std::size_t>(end - key)};
}

// Fields that do not become HTTP_*: they have a key of their own, or none.
// "Proxy" would be HTTP_PROXY, which libraries take for a setting ("httpoxy").
bool has_no_http_key(ByteView name) noexcept {
  switch (name.size()) {
    case 5:
      return base::equals_ignoring_case(name, "proxy");
    case 12:
      return base::equals_ignoring_case(name, "content-type");
    case 14:
      return base::equals_ignoring_case(name, "content-length");
    case 17:
      return base::equals_ignoring_case(name, "transfer-encoding");
    default:
      return false;
  }
}

void fill_in_request_line(const http::Request& request, const Site& site, Environ& environ) {
  environ.fill(EnvironForm::kRequestMethod, request.method);
  environ.fill(EnvironForm::kPathInfo, path_below(site.url_prefix, request.uri.path));
  environ.fill(EnvironForm::kQueryString, request.uri.query);
  environ.fill(EnvironForm::kRequestUri, request.target);
  environ.fill(EnvironForm::kServerProtocol, http::version_text(request.minor_version));
}

ByteView decimal(std::uint64_t number, base::Arena& arena) {
  constexpr std::size_t kMaxDigits = 20;
  char* const begin = arena.allocate(kMaxDigits + 1);
  char* const end = std::to_chars(begin, begin + kMaxDigits, number).ptr;
  *end = '\0';
  return {begin, static_cast<std::size_t>(end - begin)};
}

void fill_in_ends(const EndpointTexts& ends, const Site& site, Environ& environ) {
  if (ends.endpoint().is_unix) {
    environ.fill(EnvironForm::kRemoteAddr, kUnixPeer);
    environ.fill(EnvironForm::kRemoteHost, kUnixPeer);
    environ.fill(EnvironForm::kServerPort, site.url_scheme == "https" ? "443" : "80");
    return;
  }
  environ.fill(EnvironForm::kRemoteAddr, ends.peer_address());
  environ.fill(EnvironForm::kRemoteHost, ends.peer_address());
  environ.fill(EnvironForm::kRemotePort, ends.peer_port());
  environ.fill(EnvironForm::kServerPort, ends.server_port());
}

// As keys in the environ have it: "ws.proxy_tlv.alpn".
void add_proxied_facts(const ProxiedConnection& proxied, Environ& environ) {
  environ.add("ws.proxy_addr", proxied.proxy);
  if (proxied.is_tls) {
    environ.put("ws.url_scheme", "https");
  }
  for (const auto& [name, value] : proxied.tlvs) {
    environ.set(environ.arena().copy(base::concat("ws.proxy_tlv.", name)), value);
  }
}

void add_body_facts(const http::Request& request, Environ& environ) {
  if (request.framing.body == http::BodyKind::kChunked && request.is_whole) {
    environ.add("CONTENT_LENGTH", decimal(request.body.size(), environ.arena()));
  }
}

void add_own_key(const http::Field& field, Environ& environ) {
  if (base::equals_ignoring_case(field.name, "content-type")) {
    environ.add("CONTENT_TYPE", field.value);
  } else if (base::equals_ignoring_case(field.name, "content-length")) {
    environ.add("CONTENT_LENGTH", field.value);
  }
}

void add_fields(const http::Request& request, Environ& environ) {
  for (const http::Field& field : request.fields) {
    if (has_no_http_key(field.name)) {
      add_own_key(field, environ);
      continue;
    }
    environ.join(make_key(field.name, environ.arena()), field.value);
  }
}

}  // namespace

std::string key_of_field(ByteView name) {
  std::string key(kHttp);
  std::transform(name.begin(), name.end(), std::back_inserter(key), to_key_char);
  return key;
}

void make_environ(http::Request& request, const EndpointTexts& ends, const EnvironForm& form,
                  Environ& environ) {
  environ.restart(request.arena, form.blank());
  fill_in_request_line(request, form.site(), environ);
  fill_in_ends(ends, form.site(), environ);
  if (ends.endpoint().proxied) {
    add_proxied_facts(*ends.endpoint().proxied, environ);
  }
  add_body_facts(request, environ);
  add_fields(request, environ);
  if (!request.uri.authority.empty()) {
    // RFC 9112 §3.2.2: the target's authority replaces what Host says.
    environ.put("HTTP_HOST", request.uri.authority);
  }
}

}  // namespace wserve::gateway
