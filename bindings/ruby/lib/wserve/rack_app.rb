# frozen_string_literal: true

require "wserve/input"
require "wserve/stream"
require "wserve/rack_answer"

module Wserve
  # A Rack application as one for Wserve::Server; Rack 2.2 and 3.
  #
  #   Wserve::Server.new(Wserve::RackApp.new(app), listen: "127.0.0.1:8080").run
  #
  # The environ has the request as "wserve.request".
  class RackApp
    VERSION = [1, 6].freeze

    # rack.hijack: takes the connection.
    class Hijack # :nodoc:
      attr_accessor :env

      def initialize(request)
        @request = request
      end

      def call
        @env["rack.hijack_io"] = @request.hijack
      end
    end

    # rack.early_hints: sends an interim 103.
    class EarlyHints # :nodoc:
      def initialize(request)
        @request = request
      end

      def call(fields)
        @request.early_hints(fields, RackAnswer.lists?)
      end
    end

    private_constant :VERSION, :Hijack, :EarlyHints

    # +multiprocess+ says whether other processes run the same application.
    def initialize(app, multithread: true, multiprocess: false, errors: $stderr)
      @app = app
      @multithread = multithread
      @multiprocess = multiprocess
      @errors = errors
      @input = Input
    end

    # What the server says of itself before it starts: with +body_streaming+ rack.input cannot be rewound.
    def serve_with(server) # :nodoc:
      @input = server.get(:body_streaming) == "true" ? streamed_input : Input
    end

    # Answers one Wserve::Request.
    def call(request)
      env = environ(request)
      error = stream = nil
      status, headers, body = @app.call(env)
      # An application that took the connection answers there.
      stream = RackAnswer.deliver(request, env, status, headers, body) unless env["rack.hijack_io"]
    rescue Exception => error
      raise
    ensure
      if stream.instance_of?(Stream)
        stream.at_close { conclude(env, body, [status, headers, error]) }
      else
        conclude(env, body, [status, headers, error])
      end
    end

    private

    def streamed_input
      defined?(::Rack::RELEASE) && ::Rack::RELEASE.to_i < 3 ? Rack2StreamedInput : StreamedInput
    end

    # In one call: each pair that is added later costs more.
    def environ(request)
      hijack = Hijack.new(request)
      hijack.env = request.rack_env(
        "rack.version", VERSION, "rack.errors", @errors, "rack.multithread", @multithread,
        "rack.multiprocess", @multiprocess, "rack.run_once", false, "rack.hijack?", true,
        "rack.input", @input.new(request), "rack.hijack", hijack, "rack.early_hints", EarlyHints.new(request),
        "rack.response_finished", [], "rack.after_reply", [], "wserve.request", request
      )
      env = hijack.env
      env["PATH_INFO"] = "" if env["PATH_INFO"] == "*" && !star?
      env
    end

    # Since Rack 3.1 the path of <tt>OPTIONS *</tt> is what it is; before, a path begins with a slash or is none.
    def star?
      defined?(::Rack::RELEASE) && (::Rack::RELEASE.split(".").map(&:to_i) <=> [3, 1]) >= 0
    end

    # Behind the answer's end.
    def conclude(env, body, outcome)
      body.close if !body.instance_of?(Array) && body.respond_to?(:close)
    ensure
      finish(env, outcome) if env
    end

    # The last one added is called first, and those of Puma's in their order. One that fails does not keep the others from
    # being called.
    def finish(env, outcome)
      env["rack.response_finished"].reverse_each do |callable|
        guard(env, "rack.response_finished") { callable.call(env, *outcome) }
      end
      env["rack.after_reply"]&.each { |callable| guard(env, "rack.after_reply") { callable.call } }
    end

    def guard(env, name)
      yield
    rescue StandardError => failure
      env["rack.errors"].puts("#{name}: #{failure.full_message(highlight: false)}")
    end
  end
end
