// Text forms of booleans, numbers, times, modes, choices and lists.
#include "server/option_values.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "net/listen/listen_spec.h"

namespace wserve::server {

using base::ByteView;
using base::Code;
using base::NumberError;
using base::Status;

namespace {

constexpr std::array<ByteView, 6> kTrue = {"t", "true", "y", "yes", "on", "1"};
constexpr std::array<ByteView, 6> kFalse = {"f", "false", "n", "no", "off", "0"};

bool is_one_of(ByteView text, std::span<const ByteView> words) noexcept {
  return std::any_of(words.begin(), words.end(),
                     [text](ByteView word) { return base::equals_ignoring_case(word, text); });
}

// As Python's int(): a plus sign and single underscores between digits are allowed.
std::string plain_digits(ByteView text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool divides = text[i] == '_' && i > 0 && i + 1 < text.size() &&
                         base::is_digit(text[i - 1]) && base::is_digit(text[i + 1]);
    if (!divides) {
      digits.push_back(text[i]);
    }
  }
  return digits;
}

// 1 for "K" or "KiB"; "KB" could mean 1000 and is none.
std::optional<unsigned> power_of_unit(ByteView unit) noexcept {
  constexpr ByteView kLetters = "kmgt";
  if (unit.empty()) {
    return 0;
  }
  const std::size_t letter = kLetters.find(base::to_lower(unit.front()));
  const ByteView rest = unit.substr(1);
  const bool is_unit =
      letter != ByteView::npos && (rest.empty() || base::equals_ignoring_case(rest, "ib"));
  return is_unit ? std::optional<unsigned>(letter + 1) : std::nullopt;
}

// "0..1024" of "0..1024 or auto".
ByteView numbers_of(ByteView range) noexcept {
  return range.substr(0, range.find(' '));
}

// The two ends of "0..1024".
bool is_in_range(const Option& option, std::uint64_t number) noexcept {
  const ByteView range = numbers_of(option.range);
  const std::size_t dots = range.find("..");
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  return base::parse_digits(range.substr(0, dots), min) == NumberError::kNone &&
         base::parse_digits(range.substr(dots + 2), max) == NumberError::kNone && number >= min &&
         number <= max;
}

}  // namespace

Status bad_value(const Option& option, ByteView text, ByteView allowed) {
  return {Code::kInvalid,
          base::concat(option.name, " must be ", allowed, ", got \"", base::printable(text), '"')};
}

Status read_bool(const Option& option, ByteView text, bool& value) {
  const ByteView word = base::trim_space(text);
  if (is_one_of(word, kTrue)) {
    value = true;
    return {};
  }
  if (is_one_of(word, kFalse)) {
    value = false;
    return {};
  }
  return bad_value(option, text, "true or false (also yes/no, on/off, y/n, t/f, 1/0)");
}

Status read_number(const Option& option, ByteView text, std::uint64_t& value) {
  std::uint64_t number = 0;
  if (base::parse_digits(plain_digits(base::trim_space(text)), number) != NumberError::kNone ||
      !is_in_range(option, number)) {
    return bad_value(option, text, option.range);
  }
  value = number;
  return {};
}

Status read_size(const Option& option, ByteView text, std::uint64_t& value) {
  ByteView digits = base::trim_space(text);
  const std::size_t end = digits.find_last_of("0123456789") + 1;
  const auto power = power_of_unit(base::trim_blanks(digits.substr(end)));
  digits = digits.substr(0, end);
  std::uint64_t number = 0;
  const bool is_number =
      power && base::parse_digits(plain_digits(digits), number) == NumberError::kNone;
  const unsigned shift = 10 * power.value_or(0);
  if (!is_number || number << shift >> shift != number || !is_in_range(option, number << shift)) {
    const ByteView range = option.range;
    const ByteView numbers = numbers_of(range);
    return bad_value(option, text,
                     base::concat(numbers,
                                  " bytes, or such a number with K, M, G or T for "
                                  "powers of 1024",
                                  range.substr(numbers.size())));
  }
  value = number << shift;
  return {};
}

Status read_seconds(const Option& option, ByteView text, std::chrono::milliseconds& value) {
  ByteView fraction = base::trim_space(text);
  const ByteView whole = base::take_until(fraction, '.');
  std::uint64_t seconds = 0;
  std::uint64_t thousandths = 0;
  std::string three(fraction.substr(0, 3));
  three.resize(3, '0');
  // Rounded up: a time above 0 must not become the 0 that stands for no limit.
  const bool has_more = fraction.find_first_not_of('0', 3) != ByteView::npos;
  if (base::parse_digits(plain_digits(whole), seconds) != NumberError::kNone ||
      base::parse_digits(three, thousandths) != NumberError::kNone ||
      !std::all_of(fraction.begin(), fraction.end(), base::is_digit) ||
      !is_in_range(option, seconds)) {
    return bad_value(option, text, base::concat(option.range, " seconds"));
  }
  value = std::chrono::seconds(seconds) + std::chrono::milliseconds(thousandths) +
          std::chrono::milliseconds(has_more ? 1 : 0);
  return {};
}

Status read_mode(const Option& option, ByteView text, unsigned& value) {
  unsigned mode = 0;
  if (!net::parse_file_mode(base::trim_space(text), mode)) {
    return bad_value(option, text, base::concat("octal, ", option.range));
  }
  value = mode;
  return {};
}

Status read_choice(const Option& option, ByteView text, std::string& value) {
  const std::string word = base::lower_case(base::trim_space(text));
  ByteView rest = option.range;
  while (!rest.empty()) {
    if (base::take_until(rest, '|') == word) {
      value = word;
      return {};
    }
  }
  std::string allowed = option.range;
  for (std::size_t bar = allowed.find('|'); bar != std::string::npos; bar = allowed.find('|')) {
    allowed.replace(bar, 1, " or ");
  }
  return bad_value(option, text, allowed);
}

std::vector<std::string> read_list(ByteView text) {
  std::vector<std::string> words;
  for (ByteView word = base::take_word(text); !word.empty(); word = base::take_word(text)) {
    words.emplace_back(word);
  }
  return words;
}

}  // namespace wserve::server
