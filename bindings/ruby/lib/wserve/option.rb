module Wserve
  # An option of a server, described: name, type, unit, default, range, help, since.
  Option = Struct.new(:name, :type, :unit, :default, :range, :help, :since) do
    # A Ruby value as the text that the library reads: lists are joined by blanks, nil means the default.
    def self.text(value)
      case value
      when nil then nil
      when Array then value.join(" ")
      else value.to_s
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
