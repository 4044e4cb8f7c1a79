require_relative "rack_support"
require "openssl"

# Applications behind a real nginx that speaks TLS to the world: what they say of their own address is what the world
# sees, "https://shop.example/shop/...".
module Proxied
  include Rackups

  OPTIONS = ["-E", "deployment", "-O", "url_prefix=/shop", "-O", "trusted_proxy=127.0.0.1", "-O",
             "trusted_proxy_headers=x-forwarded-for x-forwarded-proto x-forwarded-host"].freeze

  # Ports of nginx: [https, http].
  def start_tls_proxy(folder, back)
    ports = [free_port, free_port]
    write_certificate(folder)
    start_nginx(<<~CONF, ports[1])
      pid nginx.pid; error_log stderr; events {}
      http {
        access_log off;
        server {
          listen 127.0.0.1:#{ports[0]} ssl;
          listen 127.0.0.1:#{ports[1]};
          ssl_certificate #{folder}/certificate.pem;
          ssl_certificate_key #{folder}/key.pem;
          location /shop/ {
            proxy_pass http://127.0.0.1:#{back};
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
          }
        }
      }
    CONF
    ports
  end

  def write_certificate(folder)
    key = OpenSSL::PKey::EC.generate("prime256v1")
    certificate = OpenSSL::X509::Certificate.new
    certificate.subject = certificate.issuer = OpenSSL::X509::Name.parse("/CN=shop.example")
    certificate.public_key = key
    certificate.serial = 1
    certificate.not_before = Time.now - 3600
    certificate.not_after = Time.now + 3600
    certificate.sign(key, OpenSSL::Digest.new("SHA256"))
    File.write(File.join(folder, "certificate.pem"), certificate.to_pem)
    File.write(File.join(folder, "key.pem"), key.to_pem)
  end

  # As a browser that was told https://shop.example asks.
  def get_over_tls(port, path, host = "shop.example")
    Timeout.timeout(PATIENCE) do
      Net::HTTP.start("127.0.0.1", port, use_ssl: true, verify_mode: OpenSSL::SSL::VERIFY_NONE) do |http|
        http.get(path, "Host" => host)
      end
    end
  end
end
