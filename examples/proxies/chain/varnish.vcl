# A chain, second of three: Varnish, on 10.0.0.2, keeps what may be kept. By itself it adds the
# peer to X-Forwarded-For and leaves the other fields as the edge has set them.
#
#   varnishd -F -a 10.0.0.2:80 -f varnish.vcl
#
# Behind it, on 10.0.0.3, there are two proxies in front of the server:
#
#   wserve --listen=10.0.0.3:80 --trusted-proxy=10.0.0.2 --trusted-proxy-count=2 \
#     --trusted-proxy-headers="x-forwarded-for x-forwarded-host x-forwarded-proto" environ

vcl 4.1;

backend next {
  .host = "10.0.0.3";
  .port = "80";
}

# WebSockets go around the cache.
sub vcl_recv {
  if (req.http.Upgrade ~ "(?i)websocket") {
    return (pipe);
  }
}

sub vcl_pipe {
  if (req.http.Upgrade) {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = req.http.Connection;
  }
}
