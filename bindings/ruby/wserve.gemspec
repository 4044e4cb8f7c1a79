require_relative "lib/wserve/gem_version"

Gem::Specification.new do |spec|
  spec.name = "wserve"
  spec.version = Wserve::VERSION
  spec.summary = "The application server as a library: libwserve for Ruby and Rack"
  spec.description = "A production HTTP/1.1 server in C++ behind Ruby threads: Rack 2.2 and 3, streaming both ways, " \
                     "trusted proxies, url_prefix. Needs libwserve and pkg-config to build."
  spec.authors = ["The libwserve authors"]
  spec.license = "MIT"
  spec.files = Dir.chdir(__dir__) { Dir["lib/**/*.rb", "ext/**/*.{c,h,rb}"] }
  spec.extensions = ["ext/wserve/extconf.rb"]
  spec.require_paths = ["lib"]
  spec.required_ruby_version = ">= 3.0"
end
