require "wserve"
require "wserve/rack_app"

module Wserve
  # What Rack::Handler::Wserve and Rackup::Handler::Wserve have in common.
  module RackHandler
    # What rackup and `rails server` tell every handler and what is no option of a server.
    NOT_OURS = %i[AccessLog DoNotReverseLookup Host Port builder caching config daemonize debug early_hints
                  environment heapfile include log_stdout pid profile_file profile_mode quiet require restart_cmd
                  server user_supplied_options using warn].freeze
    private_constant :NOT_OURS

    @servers = []

    class << self
      # Serves until the server is stopped: by .shutdown, by SIGTERM, or by Interrupt. Yields the Wserve::Server.
      #
      # Every option of Wserve.options may be given (<tt>rackup -O threads=5</tt>); Host and Port are used where
      # +listen+ is not.
      def run(app, **options)
        server = make_server(app, options)
        yield server if block_given?
        @servers << server
        server.listen
        say_where(server) unless options[:quiet]
        stopping_on_term(server) { server.run }
      ensure
        @servers.delete(server)
      end

      # Stops every server that .run has started, and a second time at once; rackup calls it in a trap.
      def shutdown
        @servers.each(&:stop_as_asked)
      end

      # What <tt>rackup -s wserve -h</tt> shows: option => explanation.
      def valid_options
        listen = { "Host=HOST" => "Address to listen on (default: localhost)",
                   "Port=PORT" => "Port to listen on (default: 8080)" }
        Wserve.options.each_with_object(listen) do |option, all|
          all["#{option.name}=#{option.type.upcase}"] = option.help
        end
      end

      private

      def make_server(app, options)
        settings = options.transform_keys(&:to_sym)
        own = settings.reject { |name, _| NOT_OURS.include?(name) }
        unless %i[listen host port unix_socket sockets ini].any? { |name| own.key?(name) }
          own[:listen] = address(settings[:Host], settings[:Port])
        end
        server = Server.new(nil, **own)
        server.app = RackApp.new(app, multithread: server.get(:threads).to_i > 1)
        server
      end

      def address(host, port)
        host = host.to_s.empty? ? "localhost" : host.to_s
        "#{host.include?(":") ? "[#{host}]" : host}:#{port || 8080}"
      end

      # As the wserve command does.
      def say_where(server)
        (0..).each do |index|
          address = server.address(index) or break
          puts "Serving on #{"http://" unless address.start_with?("unix:")}#{address}"
        end
        $stdout.flush
      rescue SystemCallError, IOError
        nil # nobody reads it
      end

      def stopping_on_term(server)
        previous = trap("TERM") { server.stop_as_asked }
        yield
      ensure
        trap("TERM", previous || "DEFAULT")
      end
    end
  end
end
