// Types, lengths and values; some have values of the same kind inside.
#include "net/proxy_protocol/proxy_tlvs.h"

#include <algorithm>
#include <array>
#include <span>

#include "net/proxy_protocol/big_endian.h"

namespace wserve::net {

namespace {

// RFC 3720 §12.1; `skip` are four bytes that count as zero.
std::uint32_t crc32c(ByteView bytes, std::size_t skip) noexcept {
  std::uint32_t sum = 0xffffffff;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum ^= i >= skip && i < skip + 4 ? 0 : byte_at(bytes, i);
    for (int bit = 0; bit < 8; ++bit) {
      sum = sum >> 1 ^ ((sum & 1) != 0 ? 0x82f63b78 : 0);
    }
  }
  return ~sum;
}

struct TlvName {
  unsigned type;
  const char* name;
  bool is_text;
};
constexpr std::array kTlvNames = {
    TlvName{0x01, "alpn", true},
    TlvName{0x02, "authority", true},
    TlvName{0x05, "unique_id", false},
    TlvName{0x30, "netns", true},
};
constexpr std::array kSslTlvNames = {
    TlvName{0x21, "ssl_version", true},    TlvName{0x22, "ssl_cn", true},
    TlvName{0x23, "ssl_cipher", true},     TlvName{0x24, "ssl_sig_alg", true},
    TlvName{0x25, "ssl_key_alg", true},    TlvName{0x26, "ssl_group", true},
    TlvName{0x27, "ssl_sig_scheme", true}, TlvName{0x28, "ssl_client_cert", false},
};

constexpr unsigned kCrc32c = 0x03;
constexpr unsigned kNoop = 0x04;
constexpr unsigned kSsl = 0x20;
constexpr std::size_t kSslFixedBytes = 5;  // client flags, verification
constexpr unsigned kSslClient = 0x01;
// Further ones are skipped: each becomes a text of its own in every request.
constexpr std::size_t kMaxTlvs = 100;

std::string hexadecimal(ByteView bytes) {
  constexpr ByteView kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += kDigits[byte_at(bytes, i) >> 4];
    text += kDigits[byte_at(bytes, i) & 15];
  }
  return text;
}

bool is_plain(ByteView text) noexcept {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

ProxyTlv make_tlv(std::span<const TlvName> names, unsigned type, ByteView value) {
  const auto* known = std::find_if(names.data(), names.data() + names.size(),
                                   [type](const TlvName& name) { return name.type == type; });
  const bool is_known = known != names.data() + names.size();
  const char byte = static_cast<char>(type);
  std::string name = is_known ? known->name : "0x" + hexadecimal({&byte, 1});
  const bool is_text = is_known && known->is_text && is_plain(value);
  return {std::move(name), is_text ? std::string(value) : hexadecimal(value)};
}

// Reads the extensions of one header.
class TlvReader {
 public:
  TlvReader(ByteView header, ProxyPreface& preface) : header_(header), preface_(preface) {}

  // Null, or what is wrong.
  const char* read(std::size_t begin) {
    return for_each(header_.substr(begin), [this](unsigned type, ByteView value) -> const char* {
      switch (type) {
        case kCrc32c:
          return check(value);
        case kNoop:
          return nullptr;
        case kSsl:
          return read_ssl(value);
        default:
          keep(make_tlv(kTlvNames, type, value));
          return nullptr;
      }
    });
  }

 private:
  template <typename Take>
  static const char* for_each(ByteView rest, Take&& take) {
    while (!rest.empty()) {
      if (rest.size() < 3 || rest.size() - 3 < number_at(rest, 1)) {
        return "an extension does not end inside the header";
      }
      const std::size_t size = number_at(rest, 1);
      if (const char* why = take(byte_at(rest, 0), rest.substr(3, size)); why != nullptr) {
        return why;
      }
      rest.remove_prefix(3 + size);
    }
    return nullptr;
  }

  const char* check(ByteView value) const noexcept {
    const auto place = static_cast<std::size_t>(value.data() - header_.data());
    const bool is_right = value.size() == 4 && crc32c(header_, place) == long_number_at(value, 0);
    return is_right ? nullptr : "the checksum is wrong";
  }

  void keep(ProxyTlv tlv) {
    if (preface_.tlvs.size() < kMaxTlvs) {
      preface_.tlvs.push_back(std::move(tlv));
    }
  }

  const char* read_ssl(ByteView value) {
    if (value.size() < kSslFixedBytes) {
      return "the SSL extension is too short";
    }
    preface_.is_tls = (byte_at(value, 0) & kSslClient) != 0;
    keep({"ssl_client", std::to_string(byte_at(value, 0))});
    keep({"ssl_verify", std::to_string(long_number_at(value, 1))});
    return for_each(value.substr(kSslFixedBytes),
                    [this](unsigned type, ByteView inner) -> const char* {
                      keep(make_tlv(kSslTlvNames, type, inner));
                      return nullptr;
                    });
  }

  const ByteView header_;
  ProxyPreface& preface_;
};

}  // namespace

const char* read_proxy_tlvs(ByteView header, std::size_t begin, ProxyPreface& preface) {
  return TlvReader(header, preface).read(begin);
}

}  // namespace wserve::net
