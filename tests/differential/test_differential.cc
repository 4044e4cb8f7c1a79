// The wire cases, sent to libwserve at once and through a real proxy: whatever the proxy lets
// through, both must agree on where each request ends, and no request may reach the application
// that the proxy has not sent.
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "differential/origin.h"
#include "differential/proxies.h"
#include "support/client.h"
#include "support/cmocka.h"
#include "wire/case_file.h"

using namespace wserve::tests;

namespace {

// Closes a connection that the case leaves open, and shows whether both are in step there.
constexpr const char* kLast = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

std::string ask(int port, const std::string& bytes) {
  const int fd = client_connect(port);
  static_cast<void>(client_send(fd, bytes.data(), bytes.size()));
  ::shutdown(fd, SHUT_WR);
  std::size_t size = 0;
  char* all = client_read_all(fd, &size);
  std::string answers(all, size);
  std::free(all);
  client_close(fd);
  return answers;
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

// What a test runs with.
struct Setting {
  Origin origin;
  std::vector<WireCase> cases;
  std::string name;
};

class Comparison {
 public:
  Comparison(Setting& setting, const Proxy& proxy) : setting_(setting), proxy_(proxy) {}

  void compare(const WireCase& one) {
    case_ = &one;
    const std::string bytes = one.request + kLast;
    ask(setting_.origin.port(), bytes);
    const std::vector<SeenRequest> direct = setting_.origin.take();
    ask(proxy_.port(), bytes);
    const std::string probe = ask(proxy_.port(), "GET /probe HTTP/1.0\r\nHost: a\r\n\r\n");
    std::vector<SeenRequest> proxied = setting_.origin.take();
    expect(probe.find("asked for /probe") != std::string::npos, "the probe is answered: " + probe);
    if (proxied.empty() || proxied.back().path != "/probe") {
      expect(false, "the probe comes last");
      return;
    }
    expect_tags(proxied);
    proxied.pop_back();
    expect_same_ends(direct, proxied);
    forwarded_ += proxied.size();
  }

  [[nodiscard]] int failures() const { return failures_; }
  [[nodiscard]] std::size_t forwarded() const { return forwarded_; }

 private:
  void expect(bool is_so, const std::string& what) {
    if (!is_so) {
      ++failures_;
      print_error("%s, \"%s\": not so: %s\n", setting_.name.c_str(), case_->name.c_str(),
                  what.c_str());
    }
  }

  // Only a request that the proxy knows about has its tag, and each has another.
  void expect_tags(const std::vector<SeenRequest>& proxied) {
    for (const SeenRequest& request : proxied) {
      expect(!request.tag.empty(), "the proxy has sent " + describe(request));
      expect(tags_.insert(request.tag).second, "it has sent it once: " + describe(request));
    }
  }

  // The proxy may answer on its own, refuse what we take, and mend what we refuse; what both take
  // is the same, and in the same order.
  void expect_same_ends(const std::vector<SeenRequest>& direct,
                        const std::vector<SeenRequest>& proxied) {
    auto next = direct.begin();
    for (const SeenRequest& request : proxied) {
      const auto same = std::find_if(
          next, direct.end(), [&](const SeenRequest& other) { return is_same(request, other); });
      if (same != direct.end()) {
        next = same + 1;
      } else {
        expect(next == direct.end(), describe(request) + " comes through, directly " +
                                         (next == direct.end() ? "nothing" : describe(*next)));
      }
    }
  }

  Setting& setting_;
  const Proxy& proxy_;
  const WireCase* case_ = nullptr;
  std::set<std::string> tags_;
  std::size_t forwarded_ = 0;
  int failures_ = 0;
};

void test_differential(void** state) {
  Setting& setting = *static_cast<Setting*>(*state);
  const Proxy proxy(setting.name, setting.origin.port());
  Comparison comparison(setting, proxy);
  for (const WireCase& one : setting.cases) {
    comparison.compare(one);
  }
  print_message("%zu requests came through %s\n", comparison.forwarded(), setting.name.c_str());
  assert_true(comparison.forwarded() > setting.cases.size() / 4);
  assert_int_equal(comparison.failures(), 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: test_differential PROXY FILE.case...\n";
    return 2;
  }
  Setting setting;
  setting.name = argv[1];
  for (int i = 2; i < argc; ++i) {
    for (const WireCase& one : read_case_file(argv[i])) {
      // Other limits are not the proxy's, and a client that waits is not asked twice.
      if (one.options.empty() && one.afterwards != Afterwards::kWait) {
        setting.cases.push_back(one);
      }
    }
  }
  const CMUnitTest tests[] = {
      cmocka_unit_test_prestate(test_differential, &setting),
  };
  return cmocka_run_group_tests_name(argv[1], tests, nullptr, nullptr);
}
