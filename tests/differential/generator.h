// Requests out of a grammar and a seed: pipelined, right ones, and ones with mistakes of every kind
// that has ever been read in two ways.
#pragma once

#include <string>
#include <vector>

#include "differential/dice.h"
#include "differential/origin.h"

namespace wserve::tests {

struct GeneratedCase {
  std::string name;  // says how to have it again, and what is wrong with it
  std::string bytes;
  bool is_right = false;              // nothing is wrong with it:
  std::vector<SeenRequest> requests;  // then this is what an application must see
};

GeneratedCase generate_case(unsigned seed, unsigned number);

}  // namespace wserve::tests
