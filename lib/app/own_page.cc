// A page of the option error_pages, in an application's answer.
#include "app/own_page.h"

#include "base/text.h"
#include "http/error_page.h"

namespace wserve::app {

using base::Code;
using base::Status;

Status reply_own_page(Exchange& exchange, int status, base::ByteView text) {
  if (status < 400 || status > 599) {
    return {Code::kInvalid, base::concat("the status of an error must be 400..599, got ", status)};
  }
  const http::SitePage* page = exchange.service().pages.find(status);
  return page != nullptr ? exchange.reply(status, page->type, page->body)
                         : exchange.reply(status, http::kPlainText, text);
}

}  // namespace wserve::app
