require_relative "support"

# Whatever a user may call has its comment in the reference, which `rdoc bindings/ruby/lib` makes.
class DocumentationTest < Minitest::Test
  LIB = File.expand_path("../lib", __dir__)

  def test_everything_is_documented
    # Not with the sanitizer that was preloaded for Ruby. It succeeds whatever it finds.
    report, status = Open3.capture2e({ "LD_PRELOAD" => nil }, "rdoc", "--coverage-report", LIB)
    assert status.success?, report
    assert_match(/100% documentation!/, report)
  end
end
