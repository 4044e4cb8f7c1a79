module Wserve
  # An option of a server, described: name, type, unit, default, range, help, since.
  Option = Struct.new(:name, :type, :unit, :default, :range, :help, :since) do
    # A Ruby value as the text that the library reads: lists are joined by blanks, nil means the default. An ArgumentError
    # for what an option of that name cannot be.
    def self.text(value, name = nil)
      case value
      when nil then nil
      when Array then list_text(value, name)
      when Hash, Module then refuse(value, name)
      else value.method(:to_s).owner == Kernel ? refuse(value, name) : value.to_s # that of Kernel tells no value
      end
    end

    class << self
      private

      def list_text(value, name)
        option = find(name)
        refuse(value, name) if (option && option.type != "list") || value.any?(Array)
        value.map { |item| text(item, name) }.join(" ")
      end

      def find(name)
        Wserve.options.find { |option| option.name == name.to_s.tr("-", "_") }
      end

      def refuse(value, name)
        option = find(name)
        allowed = case option&.type
                  when nil then "a text, a number, true or false"
                  when "list" then "a text, or an Array of them"
                  when "bool" then "true or false"
                  else option.range.empty? ? "a text" : option.range
                  end
        raise ArgumentError, "#{name || "a setting"} must be #{allowed}, got #{value.inspect}"
      end
    end
  end

  # Every option that Wserve::Server.new takes, in the order of a manual.
  def self.options
    Array.new(Native.option_count) do |index|
      Option.new(*Option.members.map { |member| Native.public_send(:"option_#{member}", index) })
    end
  end
end
