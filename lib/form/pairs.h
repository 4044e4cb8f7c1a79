// Names and values in their order, and how they are read from a query or from cookies.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "form/limits.h"

namespace wserve::form {

using base::ByteView;
using base::Code;
using base::Status;

// All texts are in one piece of memory, each with a NUL behind it.
class Pairs {
 public:
  struct Pair {
    ByteView name;
    ByteView value;
  };

  void clear() noexcept {
    text_.clear();
    places_.clear();
  }
  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  void add(ByteView name, ByteView value);

  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  [[nodiscard]] Pair at(std::size_t index) const noexcept;
  // The value of the first pair of that name; null when there is none.
  [[nodiscard]] const char* find(ByteView name) const noexcept;
  // The same for names of fields, in upper or lower case.
  [[nodiscard]] const char* find_ignoring_case(ByteView name) const noexcept;

 private:
  struct Place {
    std::size_t begin;
    std::size_t name_size;
    std::size_t value_size;
  };
  std::string text_;
  std::vector<Place> places_;
};

// application/x-www-form-urlencoded of the URL Standard, but that an escape which is none, and a
// NUL, are refused. "&" alone separates.
Status read_urlencoded(ByteView text, const Limits& limits, Pairs& pairs);

// RFC 6265 §4.2.1, and what browsers send that have been given something else. What has no name
// that is a token is left out.
Status read_cookies(ByteView text, const Limits& limits, Pairs& pairs);

}  // namespace wserve::form
