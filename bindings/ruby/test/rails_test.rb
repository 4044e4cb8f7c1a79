require_relative "support"

class RailsTest < Minitest::Test
  include Serving

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

  def test_an_application_behind_a_trusted_proxy_below_a_prefix
    Dir.mktmpdir do |folder|
      config = File.join(folder, "config.ru")
      File.write(config, APPLICATION)
      port = free_port
      pid = spawn({ "RAILS_ENV" => "production" }, *ruby_command, "-S", "rackup", "-s", "wserve", "-E", "deployment",
                  "-o", "127.0.0.1", "-p", port.to_s, "-O", "url_prefix=/shop", "-O", "trusted_proxy=127.0.0.1", "-O",
                  "trusted_proxy_headers=x-forwarded-for x-forwarded-proto x-forwarded-host", config,
                  chdir: folder, err: File.join(folder, "errors"), out: %i[child err])
      (@children ||= []) << [File.open(File::NULL), pid]
      wait_for_port(port)
      begin
        check(port)
      rescue SystemCallError => error
        flunk("#{error.message}: #{File.read(File.join(folder, "errors"))}")
      end
      assert stop_ruby(pid).success?, File.read(File.join(folder, "errors"))
    end
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
