// Collecting lines, and writing many at once.
#include "observe/access_log.h"

#include "base/text.h"

namespace wserve::observe {

using base::ByteView;
using base::Status;

namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

}  // namespace

Status AccessLog::open(ByteView target, ByteView format, Taker taker) {
  taker_ = std::move(taker);
  has_target_ = !target.empty();
  Status parsed = AccessFormat::parse(format, format_);
  return parsed.is_ok() && has_target_ ? target_.open(target) : parsed;
}

void AccessLog::add(const Record& record) {
  const std::size_t before = lines_.size();
  format_.append(lines_, record);
  if (taker_) {
    hand_over(ByteView(lines_).substr(before, lines_.size() - before - 1));
  }
  if (!has_target_) {
    lines_.clear();
  } else if (lines_.size() >= kPieceBytes) {
    write();
  }
}

void AccessLog::hand_over(ByteView line) {
  if (!taker_(line)) {
    ++lost_;
    why_ = {base::Code::kSystem, "nobody took them"};
  }
}

void AccessLog::write() {
  if (!has_target_) {
    return;
  }
  std::uint64_t lost = 0;
  Status written = target_.write(lines_, lost);
  lines_.clear();
  lost_ += lost;
  if (!written.is_ok()) {
    why_ = std::move(written);
  }
}

std::string AccessLog::flush() {
  write();
  if (why_.is_ok()) {
    return {};
  }
  const std::string text =
      lost_ == 0 ? base::concat("access_log: ", why_.message())
                 : base::concat("access_log: ", lost_, " line(s) were lost: ", why_.message());
  lost_ = 0;
  why_ = {};
  return text;
}

}  // namespace wserve::observe
