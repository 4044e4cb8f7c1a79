require_relative "proxied"

class SinatraTest < Minitest::Test
  include Proxied

  APPLICATION = <<~RUBY.freeze
    require "sinatra/base"
    class App < Sinatra::Base
      set :environment, :production
      set :host_authorization, permitted_hosts: []
      get("/") { [url("/next"), to("/to"), uri("images/a.png"), request.url, request.scheme, request.ip].join("\\n") }
      get("/hello/:name") { "Hello, \#{params["name"]}!" }
      post("/form") { params["a"] }
      post("/upload") { params["file"][:tempfile].read.bytesize.to_s }
      get("/stream") { stream { |out| 3.times { |i| out << "line \#{i}\\n" } } }
      get("/file") { send_file(#{__FILE__.dump}) }
      get("/go") { redirect to("/hello/you") }
      get("/fail") { raise "as asked" }
    end
    use Rack::Lint
    run App
  RUBY

  def test_an_application_below_a_prefix
    Dir.mktmpdir do |folder|
      port, = rackup_text(folder, APPLICATION, "-E", "deployment", "-O", "url_prefix=/shop")
      assert_equal "http://127.0.0.1:#{port}/shop/next", get_from(port, "/shop/").body.lines.first.chomp
      assert_equal "Hello, you!", get_from(port, "/shop/hello/you").body
      assert_equal "http://127.0.0.1:#{port}/shop/hello/you", get_from(port, "/shop/go")["location"]
      assert_equal "line 0\nline 1\nline 2\n", get_from(port, "/shop/stream").body
      assert_equal File.binread(__FILE__), get_from(port, "/shop/file").body
      assert_equal "500", get_from(port, "/shop/fail").code
      assert_equal "b", Net::HTTP.post_form(URI("http://127.0.0.1:#{port}/shop/form"), "a" => "b").body
      upload = Net::HTTP::Post.new("/shop/upload")
      upload.set_form([["file", StringIO.new("x" * 1_000_000), { filename: "x" }]], "multipart/form-data")
      assert_equal "1000000", Net::HTTP.start("127.0.0.1", port) { |http| http.request(upload) }.body
    end
  end

  def test_absolute_urls_behind_nginx
    Dir.mktmpdir do |folder|
      port, = rackup_text(folder, APPLICATION, *OPTIONS)
      https, http = start_tls_proxy(folder, port)
      assert_equal %w[https://shop.example/shop/next https://shop.example/shop/to
                      https://shop.example/shop/images/a.png https://shop.example/shop/?a=1 https 127.0.0.1],
                   get_over_tls(https, "/shop/?a=1").body.split("\n")
      assert_equal "https://shop.example/shop/hello/you", get_over_tls(https, "/shop/go")["location"]
      assert_equal "https://shop.example:8443/shop/hello/you",
                   get_over_tls(https, "/shop/go", "shop.example:8443")["location"]
      assert_equal "http://127.0.0.1:#{http}/shop/hello/you", get_from(http, "/shop/go")["location"]
    end
  end
end
