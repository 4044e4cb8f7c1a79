// What RFC 9110 says of content codings, answer by answer.
#include "filters/compress.h"

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <wserve/encode.h>
#include <wserve/resource.h>

#include "filters/answer_fields.h"
#include "filters/compress_settings.h"

namespace wserve::filters {

namespace {

constexpr int kNoContent = 204;
constexpr int kResetContent = 205;
constexpr int kPartialContent = 206;
constexpr int kNotModified = 304;

// Of the body as it was, which is not what is sent (RFC 9530 §2 and §3, RFC 3230, RFC 1864), and
// of which no part can be asked for.
constexpr const char* kOfTheBody[] = {"Content-Digest", "Repr-Digest", "Digest", "Content-MD5",
                                      "Accept-Ranges"};

// Of the server and of each of its requests, the last of which may outlive it.
struct Filter {
  CompressSettings settings;
  std::atomic<int> owners{1};
};

// One answer on its way through a coder.
struct Encoding {
  std::unique_ptr<Coder> coder;
  bool sync = true;
};

ws_status encode(ws_request* request, const void* data, size_t size, ws_encode_step step,
                 void* encoder_data) {
  auto& encoding = *static_cast<Encoding*>(encoder_data);
  const bool is_at_once = encoding.sync && step == WS_ENCODE_MORE;
  return encoding.coder->encode(request, {static_cast<const char*>(data), size},
                                is_at_once ? WS_ENCODE_FLUSH : step);
}

void release(void* encoder_data) {
  const std::unique_ptr<Encoding> ended(static_cast<Encoding*>(encoder_data));
}

// RFC 9110 §12.5.5: caches must know, also where this client gets the body as it is.
ws_status add_vary(ws_request* request, const AnswerFields& fields) {
  if (fields.is_known_to_vary) {
    return WS_OK;
  }
  const std::string vary =
      fields.vary.empty() ? "Accept-Encoding" : fields.vary + ", Accept-Encoding";
  return ws_request_set_header(request, "Vary", vary.c_str());
}

// RFC 9110 §8.8.1: a strong validator stands for the very bytes, and the same one of the
// application's stands for those without a coding. A weak one says that they mean the same.
ws_status weaken_etag(ws_request* request, const AnswerFields& fields) {
  return fields.etag.empty() || fields.etag.starts_with("W/")
             ? WS_OK
             : ws_request_set_header(request, "ETag", ("W/" + fields.etag).c_str());
}

// RFC 9110 §15.4.5, RFC 9111 §4.3.4: of the answer that the client has, by its validator, which is
// the weak one if that was encoded.
ws_status finish_not_modified(ws_request* request, const AnswerFields& fields) {
  const ws_status status = add_vary(request, fields);
  const char* asked = ws_request_get(request, "HTTP_IF_NONE_MATCH");
  const bool has_weak = asked != nullptr && !fields.etag.empty() &&
                        std::string_view(asked).find("W/" + fields.etag) != std::string_view::npos;
  return status == WS_OK && has_weak ? weaken_etag(request, fields) : status;
}

// What fails leaves the answer as it is: all that may want memory comes before Content-Encoding,
// and only what cannot fail behind the encoder.
ws_status encode_answer(ws_request* request, const AnswerFields& fields, const Coding& coding,
                        const CompressSettings& settings) {
  auto encoding = std::make_unique<Encoding>();
  encoding->sync = settings.sync;
  encoding->coder = coding.open(settings.level, ws_request_answer_size(request));
  ws_status status = encoding->coder ? weaken_etag(request, fields) : WS_ENOMEM;
  if (status == WS_OK) {
    status = ws_request_set_header(request, "Content-Encoding", coding.name);
  }
  if (status != WS_OK) {
    return status;
  }
  status = ws_request_encode_body(request, encode, encoding.get(), release);
  if (status != WS_OK) {
    static_cast<void>(ws_request_remove_header(request, "Content-Encoding"));
    return status;
  }
  static_cast<void>(encoding.release());  // NOLINT(bugprone-unused-return-value): the library's
  for (const char* name : kOfTheBody) {
    static_cast<void>(ws_request_remove_header(request, name));
  }
  return WS_OK;
}

// Null for a client that takes none of them, or rather has the body as it is.
const Coding* choose_coding(const char* accepted, const CompressSettings& settings) {
  const std::vector<const char*>& offers = settings.offers();
  const int chosen = ws_accept_choose(WS_ACCEPT_ENCODING, accepted, offers.data(), offers.size());
  return chosen >= 0 ? settings.coding(static_cast<std::size_t>(chosen)) : nullptr;
}

ws_status decide(ws_request* request, void* filter_data) {
  const CompressSettings& settings = static_cast<const Filter*>(filter_data)->settings;
  const int status = ws_request_status(request);
  if (status == kNoContent || status == kResetContent) {
    return WS_OK;
  }
  const AnswerFields fields = AnswerFields::read(request);
  if (fields.is_encoded || fields.must_stay) {
    return WS_OK;
  }
  if (status == kNotModified) {
    return finish_not_modified(request, fields);
  }
  const std::int64_t size = ws_request_answer_size(request);
  const bool is_part = status == kPartialContent || fields.is_part;
  if (!settings.has_type(fields.type) || (!is_part && size >= 0 && size < settings.min_size)) {
    return WS_OK;
  }
  if (const ws_status added = add_vary(request, fields); added != WS_OK || is_part) {
    return added;
  }
  const char* accepted = ws_request_get(request, "HTTP_ACCEPT_ENCODING");
  const Coding* coding = choose_coding(accepted, settings);
  return coding != nullptr ? encode_answer(request, fields, *coding, settings) : WS_OK;
}

ws_status read_settings(const char* const* given, CompressSettings& settings,
                        std::string& problem) {
  if (!settings.has_codings()) {
    problem = "this library was built without zlib and without brotli";
    return WS_EUNKNOWN;
  }
  ws_status status = WS_OK;
  for (; *given != nullptr && status == WS_OK; given += 2) {
    status = settings.set(given[0], given[1], problem);
  }
  return status;
}

}  // namespace

ws_status compress(ws_request* request, ws_next* next, void* filter_data) {
  static_cast<Filter*>(filter_data)->owners.fetch_add(1, std::memory_order_relaxed);
  const ws_status status = ws_request_on_answer(request, decide, filter_data, compress_close);
  if (status != WS_OK) {
    compress_close(filter_data);
    return status;
  }
  return ws_next_call(next, request);
}

ws_status compress_open(const char* const* settings, const char* const* /*defaults*/,
                        void** filter_data, char* problem, size_t capacity) {
  auto made = std::make_unique<Filter>();
  std::string text;
  const ws_status status = read_settings(settings, made->settings, text);
  if (status == WS_OK) {
    *filter_data = made.release();
  } else {
    std::snprintf(problem, capacity, "%s", text.c_str());
  }
  return status;
}

void compress_close(void* filter_data) {
  auto* filter = static_cast<Filter*>(filter_data);
  if (filter->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    const std::unique_ptr<Filter> last(filter);
  }
}

}  // namespace wserve::filters
