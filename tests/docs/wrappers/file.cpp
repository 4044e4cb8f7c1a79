// Functions of a document.
#include <iostream>
#include <string>

#include <wserve/wserve.hpp>

BLOCK
