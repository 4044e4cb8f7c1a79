# A Rack application behind nginx, mounted at /shop: what it says about itself is what the world sees.
#
#   rackup -s wserve -O listen=127.0.0.1:8081 -O url_prefix=/shop -O trusted_proxy=127.0.0.1 \
#          -O "trusted_proxy_headers=x-forwarded-for x-forwarded-proto x-forwarded-host" behind_nginx.ru
#
# and behind_nginx.conf as nginx's configuration.
require "rack"

run(lambda do |env|
  request = Rack::Request.new(env)
  [200, { "content-type" => "text/plain" }, ["#{request.url} for #{request.ip}\n"]]
end)
