require "wserve/gem_version"

module Wserve
  # The binary interface that the compiled half was made for.
  ABI = 1

  # Version of the library that runs.
  def self.library_version
    Native.version
  end

  unless Native.abi_version == ABI
    raise LoadError, "libwserve has the binary interface #{Native.abi_version}, this gem needs #{ABI}"
  end
end
