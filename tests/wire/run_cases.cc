// Runs the wire cases of one file against the shared library: whole, with a good request behind
// them in the same write and with more of those than the server reads, and split at every byte;
// with the application on threads, on the event loop, and called at the head, with the body to
// come.
#include <sys/socket.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "support/client.h"
#include "support/cmocka.h"
#include "wire/case_file.h"
#include "wire/test_server.h"

using namespace wserve::tests;

namespace {

constexpr const char* kGoodRequest = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr const char* kProbe = "GET /probe HTTP/1.1\r\nHost: a\r\n\r\n";

// More than the server reads at once: what it has not read when it closes would make a reset of it.
constexpr std::size_t kMoreThanARead = 600;

// So many connections at once, each with another split.
constexpr std::size_t kBatch = 60;

bool complain(const std::string& what, const std::string& got, const std::string& expected) {
  print_error("%s: got %s, expected %s\n", what.c_str(), got.c_str(), expected.c_str());
  return false;
}

// An answer as the last of its connection, or not.
bool says_right_things(const response& got, const ExpectedAnswer& expected, bool is_last,
                       const std::string& what) {
  const std::string head = got.head;
  for (const std::string& part : expected.in_head) {
    if (head.find(part) == std::string::npos) {
      return complain(what, head, "\"" + part + "\" in it");
    }
  }
  for (const std::string& part : expected.not_in_head) {
    if (head.find(part) != std::string::npos) {
      return complain(what, head, "no \"" + part + "\" in it");
    }
  }
  if (response_field(&got, "Date") == nullptr) {
    return complain(what, head, "a Date");
  }
  const char* connection = response_field(&got, "Connection");
  const bool says_close = connection != nullptr && std::string(connection) == "close";
  return says_close == is_last ||
         complain(what, head, is_last ? "Connection: close" : "no Connection: close");
}

// Reads one answer and compares it.
bool answer_fits(int fd, const ExpectedAnswer& expected, bool is_last, const std::string& what) {
  response got = client_read(fd, expected.is_to_head ? 1 : 0);
  const bool fits =
      got.status == expected.status && got.is_complete != 0 &&
      std::string(got.body, got.body_size).find(expected.part_of_body) != std::string::npos;
  const bool is_right =
      fits ? says_right_things(got, expected, is_last, what)
           : complain(what, std::to_string(got.status) + " \"" + got.body + '"',
                      std::to_string(expected.status) + " \"" + expected.part_of_body + '"');
  response_free(&got);
  return is_right;
}

enum class Behind { kNothing, kAGoodOne, kManyGoodOnes };

// Everything that must come back on a connection, to its end.
bool answers_fit(int fd, const WireCase& one, Behind behind, const std::string& what) {
  const bool closes = one.ending == Ending::kClose;
  for (std::size_t i = 0; i < one.answers.size(); ++i) {
    const bool is_last = closes && i + 1 == one.answers.size();
    if (!answer_fits(fd, one.answers[i], is_last, what)) {
      return false;
    }
  }
  if (closes) {
    // No reset: it could take the answer away before the client has read it (RFC 9112 §9.6).
    return client_sees_orderly_end(fd) != 0 || complain(what, "more, or a reset", "an end");
  }
  if (behind == Behind::kNothing) {
    client_send_text(fd, kGoodRequest);
  }
  ExpectedAnswer good;
  good.status = 200;
  good.part_of_body = "GET /good? ";
  return answer_fits(fd, good, false, what + ", afterwards");
}

// What the client does behind its last byte.
void finish_sending(int fd, const WireCase& one) {
  if (one.afterwards == Afterwards::kHalfClose) {
    ::shutdown(fd, SHUT_WR);
  }
}

// What is sent in one write.
std::string bytes_of(const WireCase& one, Behind behind) {
  std::string all = one.request;
  const std::size_t good_ones = behind == Behind::kManyGoodOnes ? kMoreThanARead : 1;
  for (std::size_t i = 0; behind != Behind::kNothing && i < good_ones; ++i) {
    all += kGoodRequest;
  }
  return all;
}

bool run_whole(const TestServer& server, const WireCase& one, Behind behind) {
  const std::string all = bytes_of(one, behind);
  const int fd = server.connect_tcp();
  // The server may close before everything is sent: that is what some cases are about.
  static_cast<void>(client_send(fd, all.data(), all.size()));
  finish_sending(fd, one);
  const bool fits = answers_fit(fd, one, behind, behind == Behind::kNothing ? "whole" : "followed");
  client_close(fd);
  return fits;
}

// Returns when the server has read what was sent before: it serves its connections in their order.
void wait_until_read(const TestServer& server) {
  const int fd = server.connect_unix();
  client_send_text(fd, server.greeting());
  client_send_text(fd, kProbe);
  response got = client_read(fd, 0);
  assert_int_equal(got.status, 200);
  response_free(&got);
  client_close(fd);
}

// One connection for each split; the second parts are sent when the first ones have been read.
bool run_batch(const TestServer& server, const WireCase& one,
               const std::vector<std::size_t>& splits) {
  std::vector<int> fds;
  for (const std::size_t split : splits) {
    fds.push_back(server.connect_unix());
    static_cast<void>(client_send(fds.back(), one.request.data(), split));
  }
  wait_until_read(server);
  for (std::size_t i = 0; i < fds.size(); ++i) {
    const std::size_t split = splits[i];
    static_cast<void>(client_send(fds[i], one.request.data() + split, one.request.size() - split));
    finish_sending(fds[i], one);
  }
  bool fits = true;
  for (std::size_t i = 0; i < fds.size(); ++i) {
    fits =
        fits && answers_fit(fds[i], one, Behind::kNothing, "split at " + std::to_string(splits[i]));
    client_close(fds[i]);
  }
  return fits;
}

// Splits of a long request are sampled: some sixty of them, the ends always. run_splits tries the
// others without sockets.
bool run_split(const TestServer& server, const WireCase& one) {
  const std::size_t size = one.request.size();
  const std::size_t step = size <= 400 ? 1 : size / kBatch;
  std::vector<std::size_t> splits;
  bool fits = true;
  for (std::size_t split = 1; fits && split < size; split += step) {
    splits.push_back(split);
    if (splits.size() == kBatch) {
      fits = run_batch(server, one, splits);
      splits.clear();
    }
  }
  if (splits.empty() || splits.back() != size - 1) {
    splits.push_back(size - 1);
  }
  return fits && run_batch(server, one, splits);
}

bool run_on(const TestServer& server, const WireCase& one) {
  const int good_before = server.good_requests();
  bool fits = run_whole(server, one, Behind::kNothing);
  if (one.afterwards == Afterwards::kNothing) {
    fits = fits && run_whole(server, one, Behind::kAGoodOne);
    // A header of the PROXY protocol that is refused has no answer to lose.
    const bool has_last_answer = one.ending == Ending::kClose && !one.answers.empty();
    fits = fits && (!has_last_answer || run_whole(server, one, Behind::kManyGoodOnes));
  }
  fits = fits && run_split(server, one);
  if (fits && one.ending == Ending::kClose && server.good_requests() != good_before) {
    return complain("followed", "an application that was asked", "silence");
  }
  return fits;
}

// The state of a cmocka test.
struct Run {
  TestServers* servers;
  const WireCase* wire_case;
};

struct Way {
  OptionList options;
  std::string threads;
};

void run_case(void** state) {
  const Run& run = *static_cast<const Run*>(*state);
  OptionList streaming = run.wire_case->options;
  streaming.emplace_back("body_streaming", "true");
  // A streamed body that has half come holds a thread: one for each of a batch.
  const std::string many = std::to_string(kBatch + 1);
  std::vector<Way> ways = {{run.wire_case->options, "0"}, {run.wire_case->options, "2"}};
  if (!run.wire_case->is_whole_only) {
    ways.push_back({streaming, many});
  }
  for (const Way& way : ways) {
    if (!run_on(run.servers->with(way.options, way.threads.c_str()), *run.wire_case)) {
      print_error("%s, with threads=%s%s\n", run.wire_case->rule.c_str(), way.threads.c_str(),
                  way.threads == many ? " and body_streaming" : "");
      fail();
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: run_cases FILE.case\n";
    return 2;
  }
  TestServers servers;
  const std::vector<WireCase> cases = read_case_file(argv[1]);
  std::vector<Run> runs;
  runs.reserve(cases.size());
  std::vector<CMUnitTest> tests;
  for (const WireCase& one : cases) {
    runs.push_back({&servers, &one});
    tests.push_back({one.name.c_str(), run_case, nullptr, nullptr, &runs.back()});
  }
  // The macro wants an array; this is what it expands to.
  return _cmocka_run_group_tests(argv[1], tests.data(), tests.size(), nullptr, nullptr);
}
