// Which application's bodies are streamed, where they are not all alike.
#pragma once

#include "app/application.h"

namespace wserve::server {

// At the head of each request, on the loop's thread.
class StreamChoice final : public app::Application {
 public:
  // `applications` know; `next` sees every request then, and may ask for a stream; null for none.
  StreamChoice(app::Application& applications, app::Application* next) noexcept
      : applications_(applications), next_(next) {}
  base::Status handle(app::Exchange& exchange) override;

 private:
  app::Application& applications_;
  app::Application* const next_;
};

}  // namespace wserve::server
