require_relative "proxied"

class RailsTest < Minitest::Test
  include Proxied

  APPLICATION = <<~RUBY.freeze
    require "logger"
    require "rails"
    require "action_controller/railtie"

    class Shop < Rails::Application
      config.load_defaults 6.1
      config.eager_load = true
      config.secret_key_base = "0" * 64
      config.logger = Logger.new(IO::NULL)
      config.hosts.clear
      routes.append do
        root to: "pages#home"
        get "away", to: "pages#away"
        get "urls", to: "pages#urls"
        get "events", to: "live#events"
        post "upload", to: "pages#upload"
        get "file", to: "pages#file"
        get "fail", to: "pages#fail"
      end
    end

    Shop.initialize!

    class PagesController < ActionController::Base
      skip_forgery_protection
      def home = render(plain: "\#{root_url} \#{request.remote_ip}")
      def away = redirect_to(root_url)
      def urls
        render plain: [url_for(action: "away", only_path: false), away_path, request.url, request.ssl?].join("\\n")
      end
      def upload = render(json: { size: params[:file].size, name: params[:file].original_filename })
      def file = send_file(#{__FILE__.dump})
      def fail = raise("as asked")
    end

    class LiveController < ActionController::Base
      include ActionController::Live
      def events
        response.headers["Content-Type"] = "text/event-stream"
        3.times { |number| response.stream.write("data: \#{number}\\n\\n") }
      ensure
        response.stream.close
      end
    end

    run Shop
  RUBY

  # Yields the port of a Rails application that is served below /shop.
  def with_application
    Dir.mktmpdir do |folder|
      errors = File.join(folder, "errors")
      port, pid = rackup_text(folder, APPLICATION, *OPTIONS, errors: errors, chdir: folder,
                                                             env: { "RAILS_ENV" => "production" })
      begin
        yield port, folder
      rescue SystemCallError => error
        flunk("#{error.message}: #{File.read(errors)}")
      end
      assert stop_process(pid).success?, File.read(errors)
    end
  end

  def test_absolute_urls_behind_nginx
    with_application do |port, folder|
      https, http = start_tls_proxy(folder, port)
      assert_equal "https://shop.example/shop/ 127.0.0.1", get_over_tls(https, "/shop/").body
      assert_equal "https://shop.example/shop/", get_over_tls(https, "/shop/away")["location"]
      assert_equal "https://shop.example:8443/shop/", get_over_tls(https, "/shop/away", "shop.example:8443")["location"]
      assert_equal %w[https://shop.example/shop/away /shop/away https://shop.example/shop/urls?a=1 true],
                   get_over_tls(https, "/shop/urls?a=1").body.split("\n")
      assert_equal "http://127.0.0.1:#{http}/shop/", get_from(http, "/shop/away")["location"]
    end
  end

  def test_an_application_below_a_prefix
    with_application { |port, _| check(port) }
  end

  def check(port)
    proxied = { "X-Forwarded-For" => "192.0.2.7", "X-Forwarded-Proto" => "https", "X-Forwarded-Host" => "shop.example" }
    assert_equal "https://shop.example/shop/ 192.0.2.7", get_from(port, "/shop/", proxied).body
    assert_equal "https://shop.example/shop/", get_from(port, "/shop/away", proxied)["location"]
    assert_equal "data: 0\n\ndata: 1\n\ndata: 2\n\n", get_from(port, "/shop/events").body
    assert_equal File.binread(__FILE__), get_from(port, "/shop/file").body
    assert_equal %w[500 404], [get_from(port, "/shop/fail").code, get_from(port, "/shop/nowhere").code]
    upload = Net::HTTP::Post.new("/shop/upload")
    upload.set_form([["file", StringIO.new("x" * 1_000_000), { filename: "x.bin" }]], "multipart/form-data")
    body = Net::HTTP.start("127.0.0.1", port) { |http| http.request(upload) }.body
    assert_equal '{"size":1000000,"name":"x.bin"}', body
  end
end
