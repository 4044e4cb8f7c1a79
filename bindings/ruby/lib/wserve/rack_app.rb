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
      attr_writer :env

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
        @request.early_hints(fields)
      end
    end

    private_constant :VERSION, :Hijack, :EarlyHints

    # +multiprocess+ says whether other processes run the same application.
    def initialize(app, multithread: true, multiprocess: false, errors: $stderr)
      @app = app
      @multithread = multithread
      @multiprocess = multiprocess
      @errors = errors
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

    # In one call: each pair that is added later costs more.
    def environ(request)
      hijack = Hijack.new(request)
      hijack.env = request.rack_env(
        "rack.version", VERSION, "rack.errors", @errors, "rack.multithread", @multithread,
        "rack.multiprocess", @multiprocess, "rack.run_once", false, "rack.hijack?", true,
        "rack.input", Input.new(request), "rack.hijack", hijack, "rack.early_hints", EarlyHints.new(request),
        "rack.response_finished", [], "wserve.request", request
      )
    end

    # Behind the answer's end.
    def conclude(env, body, outcome)
      body.close if !body.instance_of?(Array) && body.respond_to?(:close)
    ensure
      finish(env, outcome) if env
    end

    # The last one added is called first; one that fails does not keep the others from being called.
    def finish(env, outcome)
      callables = env["rack.response_finished"]
      return if callables.empty?

      callables.reverse_each do |callable|
        callable.call(env, *outcome)
      rescue StandardError => failure
        env["rack.errors"].puts("rack.response_finished: #{failure.full_message(highlight: false)}")
      end
    end
  end
end
