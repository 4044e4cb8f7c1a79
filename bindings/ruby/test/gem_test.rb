require_relative "support"

# The gem builds from its own files against an installed library. WSERVE_BUILD is the build folder.
class GemTest < Minitest::Test
  SOURCE = File.expand_path("..", __dir__)
  # Tools are run as they are, without what was preloaded for this Ruby.
  PLAIN = { "LD_PRELOAD" => nil, "RUBYOPT" => nil }.freeze

  def run!(*command, environment: {}, **options)
    output, status = Open3.capture2e(PLAIN.merge(environment), *command, **options)
    assert status.success?, "#{command.join(" ")}: #{output}"
    output
  end

  def test_build_install_require
    Dir.mktmpdir do |folder|
      prefix = File.join(folder, "usr")
      run!("cmake", "--install", ENV.fetch("WSERVE_BUILD"), "--prefix", prefix)
      pc = Dir[File.join(prefix, "lib*/**/wserve.pc")].fetch(0)
      # It was configured for another prefix.
      File.write(pc, File.read(pc).sub(/^prefix=.*/, "prefix=#{prefix}"))
      run!("gem", "build", "wserve.gemspec", "--output", File.join(folder, "wserve.gem"), chdir: SOURCE)
      environment = { "GEM_HOME" => File.join(folder, "gems"), "PKG_CONFIG_PATH" => File.dirname(pc),
                      "LD_LIBRARY_PATH" => File.expand_path("..", File.dirname(pc)) }
      run!("gem", "install", "--local", "--no-document", File.join(folder, "wserve.gem"), environment: environment)
      assert_equal "1.0.0 1.0.0\n", run!("ruby", "-e", 'gem "wserve"; require "wserve/rack_app"; require "wserve"
        puts "#{Wserve::VERSION} #{Wserve.library_version}"', environment: environment)
    end
  end

  # Ruby 3.3 does not compile ruby/thread.h otherwise.
  def test_ruby_h_is_the_first_of_its_headers
    included = ->(path) { File.read(path).scan(/^#include [<"](.*)[>"]/).flatten }
    own = Dir[File.join(SOURCE, "ext/wserve/*.c")].reject { |path| path.end_with?("_wrap.c") }
    own.each { |path| assert_equal "native.h", included.(path).grep(/ruby|native/).first, path }
    assert_equal "ruby.h", included.(File.join(SOURCE, "ext/wserve/native.h")).first
    assert_equal "ruby.h", included.(File.join(SOURCE, "ext/wserve/native_wrap.c")).grep(/ruby|native/).first
  end

  def test_a_missing_library_is_named
    Dir.mktmpdir do |folder|
      output, status = Open3.capture2e(PLAIN.merge("PKG_CONFIG_LIBDIR" => folder, "PKG_CONFIG_PATH" => folder),
                                       "ruby", File.join(SOURCE, "ext/wserve/extconf.rb"), chdir: folder)
      refute status.success?
      assert_match(/wserve\.pc is not found/, output)
    end
  end
end
