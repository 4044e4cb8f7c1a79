module Wserve
  # The version of this gem; Wserve.library_version tells that of the library.
  VERSION = "1.0.0".freeze
end
