#include "differential/comparison.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>

#include "support/client.h"

namespace wserve::tests {

namespace {

// Closes a connection that the case leaves open, and shows whether both are in step there.
constexpr const char* kLast = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
constexpr const char* kProbe = "GET /probe HTTP/1.0\r\nHost: a\r\n\r\n";

std::string ask(int port, const std::string& bytes, Behind behind) {
  const int fd = client_connect(port);
  static_cast<void>(client_send(fd, bytes.data(), bytes.size()));
  if (behind == Behind::kHalfClose) {
    ::shutdown(fd, SHUT_WR);
  }
  std::size_t size = 0;
  const std::unique_ptr<char, decltype(&std::free)> all(client_read_all(fd, &size), std::free);
  client_close(fd);
  return {all.get(), size};
}

// Proxies may write one slash for several.
std::string plain_path(const std::string& path) {
  std::string plain;
  for (const char c : path) {
    if (c != '/' || plain.empty() || plain.back() != '/') {
      plain += c;
    }
  }
  return plain;
}

std::string describe(const SeenRequest& request) {
  return request.method + ' ' + request.path + " \"" + request.body + '"';
}

bool is_same(const SeenRequest& one, const SeenRequest& other) {
  return one.method == other.method && plain_path(one.path) == plain_path(other.path) &&
         one.body == other.body;
}

std::string describe(const std::vector<SeenRequest>& requests) {
  std::string all;
  for (const SeenRequest& request : requests) {
    all += '[' + describe(request) + ']';
  }
  return all;
}

}  // namespace

std::vector<SeenRequest> Comparison::ask_proxy(const std::string& bytes, Behind behind) {
  const std::string answers = ask(proxy_.port(), bytes, behind);
  const std::string probe = ask(proxy_.port(), kProbe, Behind::kHalfClose);
  std::vector<SeenRequest> proxied = origin_.take();
  for (WireTap::Sent& sent : tap_.take()) {
    if (!by_tag_.emplace(sent.request.tag, sent_.size()).second) {
      complain("the proxy gives the tag \"" + sent.request.tag + "\" twice");
    }
    sent_.push_back({std::move(sent), name_});
  }
  for (const SeenRequest& request : proxied) {
    expect_sent(request);
  }
  if (probe.find(answer_text("/probe")) == std::string::npos) {
    complain("the probe is answered with " + probe);
  }
  if (proxied.empty() || proxied.back().path != "/probe") {
    complain("the probe does not come last");
    return proxied;
  }
  proxied.pop_back();
  expect_answers_in_order(answers, proxied);
  forwarded_ += proxied.size();
  return proxied;
}

void Comparison::compare(const std::string& name, const std::string& bytes) {
  name_ = name;
  ask(origin_.port(), bytes + kLast, Behind::kHalfClose);
  const std::vector<SeenRequest> direct = origin_.take();
  expect_same_ends(direct, ask_proxy(bytes + kLast, Behind::kHalfClose));
}

void Comparison::compare_right(const std::string& name, const std::string& bytes,
                               const std::vector<SeenRequest>& requests) {
  name_ = name;
  std::vector<SeenRequest> expected = requests;
  expected.push_back({"", "GET", "/last", ""});
  ask(origin_.port(), bytes + kLast, Behind::kHalfClose);
  for (const auto& seen : {origin_.take(), ask_proxy(bytes + kLast, Behind::kNothing)}) {
    if (!std::equal(seen.begin(), seen.end(), expected.begin(), expected.end(), is_same)) {
      complain("seen are " + describe(seen) + ", sent were " + describe(expected));
    }
  }
}

// The proxy has sent it, whole, once, and with the same end.
void Comparison::expect_sent(const SeenRequest& seen) {
  const auto found = by_tag_.find(seen.tag);
  if (found == by_tag_.end()) {
    complain("the proxy has not sent " + describe(seen));
    return;
  }
  Sent& sent = sent_[found->second];
  if (sent.is_seen) {
    complain("the proxy has sent only once " + describe(seen));
  }
  if (sent.what.request.method != seen.method || sent.what.request.body != seen.body) {
    complain("the proxy has sent " + sent.what.request.method + " \"" + sent.what.request.body +
             "\", seen is " + describe(seen));
  }
  sent.is_seen = true;
}

// The proxy may answer on its own, refuse what we take, and mend what we refuse; what both take is
// the same, and in the same order.
void Comparison::expect_same_ends(const std::vector<SeenRequest>& direct,
                                  const std::vector<SeenRequest>& proxied) {
  auto next = direct.begin();
  for (const SeenRequest& request : proxied) {
    const auto same = std::find_if(
        next, direct.end(), [&](const SeenRequest& other) { return is_same(request, other); });
    if (same != direct.end()) {
      next = same + 1;
    } else if (next != direct.end()) {
      complain(describe(request) + " comes through, directly " + describe(*next));
    }
  }
}

// The client gets no other's answer, and none before its time.
void Comparison::expect_answers_in_order(const std::string& answers,
                                         const std::vector<SeenRequest>& seen) {
  static const std::string begin = "asked for ";
  auto next = seen.begin();
  for (std::size_t at = 0; (at = answers.find(begin, at)) != std::string::npos; ++at) {
    next = std::find_if(next, seen.end(), [&](const SeenRequest& request) {
      const std::string text = answer_text(request.path);
      return answers.compare(at, text.size(), text) == 0;
    });
    if (next == seen.end()) {
      complain("an answer that is nobody's: " + answers.substr(at, 100));
      return;
    }
    ++next;
  }
}

// Behind a request that the origin has not taken it must not take another one of the same
// connection.
void Comparison::finish() {
  std::set<unsigned> refused;
  for (const Sent& sent : sent_) {
    name_ = sent.by;
    if (!sent.is_seen) {
      refused.insert(sent.what.connection);
    } else if (refused.contains(sent.what.connection)) {
      complain("taken behind a mistake: " + sent.what.request.tag);
    }
  }
}

}  // namespace wserve::tests
