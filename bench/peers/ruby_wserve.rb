# The application that Puma runs too. usage: ruby ruby_wserve.rb PORT
require "rack"
require "rack/handler/wserve"

app, = Rack::Builder.parse_file(File.join(__dir__, "hello.ru"))
Rack::Handler::Wserve.run(app, Host: "127.0.0.1", Port: ARGV[0], threads: 4)
