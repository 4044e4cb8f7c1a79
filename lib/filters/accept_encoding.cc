// Weights, from 0 to 1000.
#include "filters/accept_encoding.h"

#include <algorithm>

#include "filters/words.h"

namespace wserve::filters {

namespace {

constexpr int kNone = -1;
constexpr int kWhole = 1000;

// RFC 9110 §12.4.2: 0 or 1, with up to three digits behind a point. kNone for anything else.
int read_weight(std::string_view text) noexcept {
  const bool is_number = !text.empty() && (text[0] == '0' || text[0] == '1') && text.size() <= 5 &&
                         (text.size() == 1 || text[1] == '.');
  if (!is_number) {
    return kNone;
  }
  int weight = (text[0] - '0') * kWhole;
  int digit = kWhole / 10;
  for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
    if (c < '0' || c > '9') {
      return kNone;
    }
    weight += (c - '0') * digit;
    digit /= 10;
  }
  return weight <= kWhole ? weight : kNone;
}

// What cannot be read is not what the client wants.
int weight_of_item(std::string_view parameters) noexcept {
  int weight = kWhole;
  while (!parameters.empty()) {
    std::string_view value = take_until(parameters, ';');
    const std::string_view name = trim(take_until(value, '='));
    if (is_same(name, "q")) {
      weight = std::max(read_weight(trim(value)), 0);
    }
  }
  return weight;
}

// Of the first item of that name.
int weight_of(std::string_view accepted, std::string_view name) noexcept {
  while (!accepted.empty()) {
    std::string_view item = take_until(accepted, ',');
    if (is_same(trim(take_until(item, ';')), name)) {
      return weight_of_item(item);
    }
  }
  return kNone;
}

int weight_of_coding(std::string_view accepted, const Coding& coding) noexcept {
  const int named = weight_of(accepted, coding.name);
  return named != kNone || coding.alias == nullptr ? named : weight_of(accepted, coding.alias);
}

}  // namespace

const Coding* choose_coding(std::string_view accepted,
                            std::span<const Coding* const> codings) noexcept {
  const int any = weight_of(accepted, "*");
  const int identity = weight_of(accepted, "identity");
  // Where nothing is said of it, the body as it is will do when there is nothing else.
  const Coding* best = nullptr;
  int best_weight = std::max(identity != kNone ? identity : any, 1) - 1;
  for (const Coding* coding : codings) {
    const int named = weight_of_coding(accepted, *coding);
    const int weight = named != kNone ? named : any;
    if (weight > best_weight) {
      best = coding;
      best_weight = weight;
    }
  }
  return best;
}

}  // namespace wserve::filters
