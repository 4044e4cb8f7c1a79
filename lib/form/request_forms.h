// What is read of a request's forms, kept with it until it ends.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "app/exchange.h"
#include "form/limits.h"
#include "form/multipart.h"
#include "form/pairs.h"

namespace wserve::form {

// The parts of a request's body, and the texts that were made of them.
class RequestParts {
 public:
  RequestParts(app::Exchange& exchange, const std::string& boundary, const Limits& limits)
      : exchange_(exchange), max_text_(limits.form), parts_(body_, boundary, limits) {}

  Status next();
  // `got` is 0 at the end of the part.
  Status read(char* to, std::size_t capacity, std::size_t& got);
  [[nodiscard]] const Part* part() const noexcept { return parts_.part(); }
  // The name as a file may be called; null for what is no file.
  [[nodiscard]] const char* safe_name();
  // The rest of the part; the text is the request's.
  Status read_text(const char*& text);

 private:
  class Body final : public Multipart::Source {
   public:
    explicit Body(app::Exchange& exchange) noexcept : exchange_(exchange) {}
    Status read(char* to, std::size_t capacity, std::size_t& got) override;

   private:
    app::Exchange& exchange_;
  };

  app::Exchange& exchange_;
  const std::uint64_t max_text_;
  Body body_{exchange_};
  Multipart parts_;
  std::string safe_name_;
  std::string text_;  // of a part that has not been read to its end
  std::uint64_t text_bytes_ = 0;
};

// One thread at a time.
class RequestForms {
 public:
  // Those of a request, made by the first call.
  [[nodiscard]] static RequestForms& of(app::Exchange& exchange);
  explicit RequestForms(app::Exchange& exchange) noexcept : exchange_(exchange) {}

  [[nodiscard]] Limits& limits() noexcept { return limits_; }
  // Each is read once, and anew when the text of the environ is another. Pairs that were handed out
  // stay.
  Status query(const Pairs*& pairs);
  Status cookies(const Pairs*& pairs);
  Status form(const Pairs*& pairs);
  Status multipart(RequestParts*& parts);

 private:
  struct Read {
    std::optional<ByteView> source;
    std::list<Pairs> pairs;
  };
  using Reader = Status (*)(ByteView text, const Limits& limits, Pairs& pairs);
  Status read_once(Read& place, ByteView text, Reader reader, const Pairs*& pairs);
  Status read_body();

  app::Exchange& exchange_;
  Limits limits_;
  Read query_;
  Read cookies_;
  std::list<Pairs> form_;
  std::string body_;  // of the form, while it comes
  std::unique_ptr<RequestParts> parts_;
};

}  // namespace wserve::form
