// Lets a few threads take one step at a time, in every order there is, one order after the other.
#pragma once

#include <semaphore.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "support/joining_thread.h"

namespace wserve::tests {

// std::binary_semaphore asks sched_yield() many times before it sleeps, which on a busy machine
// costs a time slice each; this one sleeps.
class Semaphore {
 public:
  Semaphore() { sem_init(&semaphore_, 0, 0); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;
  ~Semaphore() { sem_destroy(&semaphore_); }
  void release() { sem_post(&semaphore_); }
  void acquire() {
    while (sem_wait(&semaphore_) != 0) {
    }
  }

 private:
  sem_t semaphore_{};
};

// Which way was taken at each fork; next() goes to the next order, depth first.
class Order {
 public:
  unsigned choose(unsigned ways) {
    if (at_ == forks_.size()) {
      forks_.push_back({0, ways});
    }
    return forks_[at_++].way;
  }
  // False when there is none left.
  bool next() {
    at_ = 0;
    while (!forks_.empty() && ++forks_.back().way == forks_.back().ways) {
      forks_.pop_back();
    }
    return !forks_.empty();
  }

 private:
  struct Fork {
    unsigned way;
    unsigned ways;
  };
  std::vector<Fork> forks_;
  std::size_t at_ = 0;
};

// One order of steps. An actor runs from one stop() to the next, and no other runs meanwhile.
class Stage {
 public:
  explicit Stage(Order& order) : order_(order) {}
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // `may_lock`: it takes the lock, so that it does not run while another has stopped with it.
  void add(std::function<void()> body, bool may_lock = true) {
    actors_.push_back(std::make_unique<Actor>());
    Actor* actor = actors_.back().get();
    actor->stage = this;
    actor->may_lock = may_lock;
    actor->thread = JoiningThread([this, actor, run = std::move(body)] {
      current = actor;
      actor->turn.acquire();
      run();
      actor->state = State::kEnded;
      back_.release();
    });
  }

  // The calling actor stops here; any other thread goes on. Others that may lock do not run while
  // it holds the lock, which one that may does by default.
  static void stop() {
    if (current != nullptr) {
      stop(current->may_lock);
    }
  }
  static void stop(bool holds_lock) { current->stage->give_up(holds_lock, {}, false); }

  // It sleeps here until `is_ready`. With a limit its time may be up at any moment, once in a while
  // (twice at most, so that orders end); then the answer is false.
  bool sleep(std::function<bool()> is_ready, bool has_limit) {
    const bool may_end = has_limit && current->time_outs < 2;
    give_up(false, std::move(is_ready), may_end);
    current->time_outs += current->is_time_up ? 1U : 0U;
    return !current->is_time_up;
  }

  // Plays until all actors have ended.
  void play() {
    for (unsigned steps = 0; take_step(); ++steps) {
      if (steps > 200) {
        give_up_test("an actor runs in circles");
      }
    }
  }

 private:
  enum class State { kStopped, kEnded };
  struct Actor {
    Stage* stage = nullptr;
    State state = State::kStopped;
    bool may_lock = true;
    bool holds_lock = false;
    std::function<bool()> is_ready;
    bool may_time_out = false;
    bool is_time_up = false;
    unsigned time_outs = 0;
    Semaphore turn;
    JoiningThread thread;
  };
  struct Way {
    Actor* actor;
    bool is_time_up;
  };

  void give_up(bool holds_lock, std::function<bool()> is_ready, bool may_time_out) {
    Actor& me = *current;
    me.holds_lock = holds_lock;
    me.is_ready = std::move(is_ready);
    me.may_time_out = may_time_out;
    back_.release();
    me.turn.acquire();
  }

  [[nodiscard]] std::vector<Way> ways() const {
    std::vector<Way> all;
    for (const auto& actor : actors_) {
      if (actor->state == State::kEnded || is_locked_out(*actor)) {
        continue;
      }
      if (!actor->is_ready || actor->is_ready()) {
        all.push_back({actor.get(), false});
      }
      if (actor->may_time_out) {
        all.push_back({actor.get(), true});
      }
    }
    return all;
  }

  [[nodiscard]] bool is_locked_out(const Actor& actor) const {
    for (const auto& other : actors_) {
      if (actor.may_lock && other.get() != &actor && other->state != State::kEnded &&
          other->holds_lock) {
        return true;
      }
    }
    return false;
  }

  bool take_step() {
    const std::vector<Way> all = ways();
    if (all.empty()) {
      for (const auto& actor : actors_) {
        if (actor->state != State::kEnded) {
          give_up_test("somebody sleeps for ever");
        }
      }
      return false;
    }
    const Way way = all[order_.choose(static_cast<unsigned>(all.size()))];
    way.actor->is_time_up = way.is_time_up;
    way.actor->turn.release();
    back_.acquire();
    return true;
  }

  // The threads cannot be ended.
  [[noreturn]] static void give_up_test(const char* why) {
    std::fprintf(stderr, "%s\n", why);
    std::abort();
  }

  static inline thread_local Actor* current = nullptr;

  Order& order_;
  std::vector<std::unique_ptr<Actor>> actors_;
  Semaphore back_;
};

}  // namespace wserve::tests
