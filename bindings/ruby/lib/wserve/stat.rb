module Wserve
  # A number that Wserve::Server#stat knows, described: name, metric, labels, type, unit, help, since.
  Stat = Struct.new(:name, :metric, :labels, :type, :unit, :help, :since)

  # Every number, in the order of the manual.
  def self.stats
    Array.new(Native.stat_count) do |index|
      Stat.new(*Stat.members.map { |member| Native.public_send(:"stat_#{member}", index) })
    end
  end
end
