// Weighs what a client accepts against what there is.
#include "form/accept.h"

#include <algorithm>
#include <string>
#include <vector>

#include "form/parameters.h"
#include "http/grammar.h"

namespace wserve::form {

using Progress = ParameterReader::Progress;

namespace {

constexpr int kFullWeight = 1000;
constexpr int kNoWeight = -1;

// RFC 9110 §12.4.2: 0 to 1 with at most three decimals, in thousandths; kNoWeight for anything
// else.
int read_weight(ByteView text) noexcept {
  constexpr std::size_t kMaxSize = 5;
  if (text.empty() || text.size() > kMaxSize || (text[0] != '0' && text[0] != '1') ||
      (text.size() > 1 && text[1] != '.')) {
    return kNoWeight;
  }
  int weight = text[0] == '1' ? kFullWeight : 0;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
    if (!base::is_digit(c)) {
      return kNoWeight;
    }
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= kFullWeight ? weight : kNoWeight;
}

// A comma between quotes separates nothing.
ByteView take_member(ByteView& list) noexcept {
  bool is_quoted = false;
  std::size_t at = 0;
  for (; at < list.size() && (is_quoted || list[at] != ','); ++at) {
    is_quoted = is_quoted != (list[at] == '"');
    at += static_cast<std::size_t>(is_quoted && list[at] == '\\');
  }
  const std::size_t end = std::min(at, list.size());
  const ByteView member = base::trim_blanks(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return member;
}

// One member of a list: a range, and how much it is wanted.
struct Wanted {
  ByteView member;  // all of it
  ByteView range;
  int weight = kFullWeight;
};

// False for what cannot be read.
bool read_wanted(ByteView member, Wanted& wanted) {
  ParameterReader reader(member);
  wanted = {member, reader.main_value()};
  ByteView name;
  std::string value;
  Progress progress;
  while ((progress = reader.next(name, value)) == Progress::kParameter) {
    if (base::equals_ignoring_case(name, "q")) {
      wanted.weight = read_weight(value);
    }
  }
  return progress == Progress::kEnd && !wanted.range.empty() && wanted.weight != kNoWeight;
}

template <typename Each>
void for_each_wanted(ByteView list, Each&& each) {
  while (!list.empty()) {
    Wanted wanted;
    if (read_wanted(take_member(list), wanted)) {
      each(wanted);
    }
  }
}

// The first offer of the greatest weight; `weigh` is asked for each of them.
template <typename Weigh>
int choose_heaviest(std::span<const char* const> offers, Weigh&& weigh) {
  int best = 0;
  int chosen = kNoOffer;
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const int weight = weigh(ByteView(offers[i]));
    if (weight > best) {
      best = weight;
      chosen = static_cast<int>(i);
    }
  }
  return chosen;
}

// -- media types

bool has_parameter(ByteView offer, ByteView name, ByteView value) {
  ParameterReader reader(offer);
  ByteView its_name;
  std::string its_value;
  while (reader.next(its_name, its_value) == Progress::kParameter) {
    if (base::equals_ignoring_case(its_name, name) &&
        base::equals_ignoring_case(its_value, value)) {
      return true;
    }
  }
  return false;
}

// How many parameters the range asks for, all of which the offer has; -1 when it lacks one. What
// stands behind the weight was an extension once and asks for nothing.
int count_parameters(ByteView member, ByteView offer) {
  ParameterReader reader(member);
  ByteView name;
  std::string value;
  int count = 0;
  while (reader.next(name, value) == Progress::kParameter &&
         !base::equals_ignoring_case(name, "q")) {
    if (!has_parameter(offer, name, value)) {
      return -1;
    }
    ++count;
  }
  return count;
}

// 3 for the type itself, 2 for its first half, 1 for all types; 0 when the range is about others.
int generality(ByteView range, ByteView type) noexcept {
  if (base::equals_ignoring_case(range, type)) {
    return 3;
  }
  const ByteView half = type.substr(0, std::min(type.find('/'), type.size() - 1) + 1);
  if (range.size() == half.size() + 1 && range.ends_with("/*") &&
      base::equals_ignoring_case(range.substr(0, half.size()), half)) {
    return 2;
  }
  return range == "*/*" ? 1 : 0;
}

// How much a range says about a type (RFC 9110 §12.5.1); 0 when it is about others.
int specificity(const Wanted& wanted, ByteView offer) {
  constexpr int kBeforeParameters = 100'000;
  const ByteView type = ParameterReader(offer).main_value();
  const int kind = type.empty() ? 0 : generality(wanted.range, type);
  const int parameters = kind > 0 ? count_parameters(wanted.member, offer) : -1;
  return parameters < 0 ? 0 : kind * kBeforeParameters + parameters;
}

// -- languages

// `longer` is `tag`, or goes on behind it with a further subtag.
bool is_within(ByteView longer, ByteView tag) noexcept {
  return longer.size() >= tag.size() &&
         base::equals_ignoring_case(longer.substr(0, tag.size()), tag) &&
         (longer.size() == tag.size() || longer[tag.size()] == '-');
}

// RFC 4647 §3.4: without its last subtag, and without a single letter that would then be the last.
ByteView shorten(ByteView range) noexcept {
  const std::size_t dash = range.rfind('-');
  range = range.substr(0, dash == ByteView::npos ? 0 : dash);
  return range.size() >= 2 && range[range.size() - 2] == '-' ? range.substr(0, range.size() - 2)
                                                             : range;
}

// The client has said of this very language that it does not want it.
bool is_unwanted(ByteView list, ByteView offer) {
  std::size_t said = 0;
  bool is_unwanted = false;
  for_each_wanted(list, [&](const Wanted& wanted) {
    if (is_within(offer, wanted.range) && wanted.range.size() >= said) {
      said = wanted.range.size();
      is_unwanted = wanted.weight == 0;
    }
  });
  return is_unwanted;
}

// What there is, without what the client does not want. That is found out once: a list of many
// ranges asks for each of them.
class Languages {
 public:
  Languages(ByteView list, std::span<const char* const> offers) : offers_(offers) {
    for (const char* offer : offers) {
      is_unwanted_.push_back(is_unwanted(list, offer));
    }
  }

  // The first offer that fits.
  template <typename Fits>
  [[nodiscard]] int find(Fits&& fits) const {
    for (std::size_t i = 0; i < offers_.size(); ++i) {
      if (!is_unwanted_[i] && fits(ByteView(offers_[i]))) {
        return static_cast<int>(i);
      }
    }
    return kNoOffer;
  }

  [[nodiscard]] int look_up(ByteView range) const {
    if (range == "*") {
      return find([](ByteView /*offer*/) { return true; });
    }
    int found = find_same(range);
    if (found == kNoOffer) {
      found = find([range](ByteView offer) { return is_within(offer, range); });
    }
    for (ByteView less = shorten(range); found == kNoOffer && !less.empty(); less = shorten(less)) {
      found = find_same(less);
    }
    return found;
  }

 private:
  [[nodiscard]] int find_same(ByteView range) const {
    return find([range](ByteView offer) { return base::equals_ignoring_case(offer, range); });
  }

  const std::span<const char* const> offers_;
  std::vector<bool> is_unwanted_;
};

// -- codings

// RFC 9110 §8.4.1.3: another name for the same.
bool is_same_coding(ByteView a, ByteView b) noexcept {
  const auto plain = [](ByteView name) {
    return base::equals_ignoring_case(name, "x-gzip") ? ByteView("gzip") : name;
  };
  return base::equals_ignoring_case(plain(a), plain(b));
}

int weigh_coding(ByteView list, ByteView offer) {
  constexpr int kMinWeight = 1;
  int any = kNoWeight;
  int own = kNoWeight;
  for_each_wanted(list, [&](const Wanted& wanted) {
    int& place = wanted.range == "*" ? any : own;
    if (wanted.range == "*" || is_same_coding(wanted.range, offer)) {
      place = std::max(place, wanted.weight);
    }
  });
  if (own != kNoWeight) {
    return own;
  }
  if (any != kNoWeight) {
    return any;
  }
  return base::equals_ignoring_case(offer, "identity") ? kMinWeight : 0;
}

int choose_type(ByteView value, std::span<const char* const> offers) {
  return choose_heaviest(offers, [&](ByteView offer) {
    int max = 0;
    int weight = 0;
    for_each_wanted(value, [&](const Wanted& wanted) {
      const int says = specificity(wanted, offer);
      if (says > max) {
        max = says;
        weight = wanted.weight;
      }
    });
    return weight;
  });
}

int choose_language(ByteView value, std::span<const char* const> offers) {
  const Languages languages(value, offers);
  int best = 0;
  int chosen = kNoOffer;
  for_each_wanted(value, [&](const Wanted& wanted) {
    if (wanted.weight > best) {
      const int found = languages.look_up(wanted.range);
      best = found != kNoOffer ? wanted.weight : best;
      chosen = found != kNoOffer ? found : chosen;
    }
  });
  return chosen;
}

int choose_encoding(ByteView value, std::span<const char* const> offers) {
  return choose_heaviest(offers, [&](ByteView offer) { return weigh_coding(value, offer); });
}

// Nothing is said: of codings the one that every client knows.
int choose_freely(Accept accept, std::span<const char* const> offers) {
  const auto is_identity = [](ByteView offer) {
    return base::equals_ignoring_case(offer, "identity");
  };
  const auto found = accept == Accept::kEncoding
                         ? std::find_if(offers.begin(), offers.end(), is_identity)
                         : offers.begin();
  return found != offers.end() ? static_cast<int>(found - offers.begin()) : 0;
}

}  // namespace

int choose(Accept accept, const char* value, std::span<const char* const> offers) {
  const ByteView list = base::trim_blanks(value != nullptr ? ByteView(value) : ByteView());
  switch (accept) {
    case Accept::kType:
      return list.empty() ? choose_freely(accept, offers) : choose_type(list, offers);
    case Accept::kLanguage:
      return list.empty() ? choose_freely(accept, offers) : choose_language(list, offers);
    case Accept::kEncoding:
      return value == nullptr ? choose_freely(accept, offers) : choose_encoding(list, offers);
  }
  return kNoOffer;
}

}  // namespace wserve::form
