// Sends the same bytes to an origin at once and through a proxy, and says where the two ends do not
// agree.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "differential/origin.h"
#include "differential/proxies.h"
#include "differential/wire_tap.h"

namespace wserve::tests {

// What the client does behind its last byte. A request that never ends needs one that says so; but
// HAProxy gives up what is pipelined by such a client, or not, as the race goes.
enum class Behind { kHalfClose, kNothing };

class Comparison {
 public:
  // The proxy is in front of the tap, which is in front of the origin.
  Comparison(Origin& origin, WireTap& tap, const Proxy& proxy)
      : origin_(origin), tap_(tap), proxy_(proxy) {}

  // What is sent, and the name by which to complain.
  void compare(const std::string& name, const std::string& bytes);
  // The same, for requests that nothing is wrong with: each comes through as it is.
  void compare_right(const std::string& name, const std::string& bytes,
                     const std::vector<SeenRequest>& requests);
  // To be called once, behind all: what can be said only then.
  void finish();

  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  // How many requests have come through the proxy.
  [[nodiscard]] std::size_t forwarded() const { return forwarded_; }

 private:
  struct Sent {
    WireTap::Sent what;
    std::string by;  // the name of what was sent
    bool is_seen = false;
  };

  // What comes through, without the probe behind it.
  std::vector<SeenRequest> ask_proxy(const std::string& bytes, Behind behind);
  void expect_sent(const SeenRequest& seen);
  void expect_same_ends(const std::vector<SeenRequest>& direct,
                        const std::vector<SeenRequest>& proxied);
  void expect_answers_in_order(const std::string& answers, const std::vector<SeenRequest>& seen);
  void complain(const std::string& what) { complaints_.push_back(name_ + ": " + what); }

  Origin& origin_;
  WireTap& tap_;
  const Proxy& proxy_;
  std::string name_;
  std::vector<Sent> sent_;
  std::map<std::string, std::size_t> by_tag_;  // where in sent_
  std::size_t forwarded_ = 0;
  std::vector<std::string> complaints_;
};

}  // namespace wserve::tests
