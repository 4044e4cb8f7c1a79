// C callbacks as applications and filters.
#pragma once

#include <wserve/encode.h>
#include <wserve/server.h>

#include "app/application.h"
#include "app/encoder.h"
#include "app/filter.h"
#include "server/server.h"

namespace wserve::capi {

// What a callback is called with, given back when the callback goes.
class CallbackData {
 public:
  explicit CallbackData(void* data) noexcept : data_(data) {}
  CallbackData(const CallbackData&) = delete;
  CallbackData& operator=(const CallbackData&) = delete;
  ~CallbackData() {
    if (release_ != nullptr) {
      release_(data_);
    }
  }

  // It was the caller's so far; null for nothing to do.
  void own(void (*release)(void* data)) noexcept { release_ = release; }
  [[nodiscard]] void* get() const noexcept { return data_; }

 private:
  void* const data_;
  void (*release_)(void* data) = nullptr;
};

class CallbackApp final : public app::Application {
 public:
  CallbackApp(ws_app_fn app, void* data) noexcept : app_(app), data_(data) {}
  base::Status handle(app::Exchange& exchange) override;
  void own(void (*release)(void* data)) noexcept { data_.own(release); }

 private:
  const ws_app_fn app_;
  CallbackData data_;
};

class CallbackFilter final : public app::Filter {
 public:
  CallbackFilter(ws_filter_fn filter, void* data) noexcept : filter_(filter), data_(data) {}
  base::Status handle(app::Exchange& exchange, app::Application& next) override;

 private:
  const ws_filter_fn filter_;
  void* const data_;
};

class CallbackEncoder final : public app::Encoder {
 public:
  CallbackEncoder(app::Exchange& exchange, ws_encode_fn callback, void* data) noexcept
      : exchange_(exchange), callback_(callback), data_(data) {}
  base::Status encode(base::ByteView data, app::EncodeStep step) override;
  void own(void (*release)(void* data)) noexcept { data_.own(release); }

 private:
  app::Exchange& exchange_;
  const ws_encode_fn callback_;
  CallbackData data_;
};

// Gives the server a callback that it has a place for, or takes it away; null for none.
ws_status set_hook(ws_server* server, ws_app_fn hook, void* data,
                   base::Status (server::Server::*set)(std::unique_ptr<app::Application>));

}  // namespace wserve::capi
