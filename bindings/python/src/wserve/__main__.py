"""python -m wserve: as wserve-serve."""
from wserve.runner import main

main()
