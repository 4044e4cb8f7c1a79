// Numbers that are the same on every machine for the same seed.
#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace wserve::tests {

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}

  // 0 to sides - 1.
  std::size_t roll(std::size_t sides) { return engine_() % sides; }

  bool one_in(std::size_t sides) { return roll(sides) == 0; }

  template <std::size_t N>
  const char* pick(const char* const (&list)[N]) {
    return list[roll(N)];
  }

 private:
  std::mt19937 engine_;
};

}  // namespace wserve::tests
