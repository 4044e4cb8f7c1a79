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
    # +multiprocess+ says whether other processes run the same application.
    def initialize(app, multithread: true, multiprocess: false, errors: $stderr)
      @app = app
      @base = {
        "rack.version" => [1, 6].freeze, "rack.errors" => errors, "rack.multithread" => multithread,
        "rack.multiprocess" => multiprocess, "rack.run_once" => false, "rack.hijack?" => true
      }.freeze
    end

    # Answers one Wserve::Request.
    def call(request)
      env = environ(request)
      error = nil
      status, headers, body = @app.call(env)
      # An application that took the connection answers there.
      RackAnswer.new(request, env, status, headers, body).send_all unless env["rack.hijack_io"]
    rescue Exception => error
      raise
    ensure
      begin
        body.close if body.respond_to?(:close)
      ensure
        finish(env, status, headers, error) if env
      end
    end

    private

    def environ(request)
      env = request.rack_env(@base)
      env["rack.input"] = Input.new(request)
      env["rack.hijack"] = -> { env["rack.hijack_io"] = request.hijack }
      env["rack.early_hints"] = ->(fields) { request.early_hints(fields) }
      env["rack.response_finished"] = []
      env["wserve.request"] = request
      env
    end

    # The last one added is called first; one that fails does not keep the others from being called.
    def finish(env, status, headers, error)
      env["rack.response_finished"].reverse_each do |callable|
        callable.call(env, status, headers, error)
      rescue StandardError => failure
        env["rack.errors"].puts("rack.response_finished: #{failure.full_message(highlight: false)}")
      end
    end
  end
end
