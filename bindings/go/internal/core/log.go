package core

/*
#include "hot.h"
*/
import "C"

import "runtime/cgo"

// LogFunc receives a line of the log. It is called on a thread of the library's.
type LogFunc func(severity int, line string)

// SetLog sends the log of a ws_server to a function. The handle is to be deleted once the server
// has been freed.
func SetLog(server uintptr, log LogFunc) (cgo.Handle, int) {
	handle := cgo.NewHandle(log)
	return handle, int(C.hot_set_log(C.uintptr_t(server), C.uintptr_t(handle)))
}

//export goLogLine
func goLogLine(severity C.int, line *C.char, log C.uintptr_t) {
	cgo.Handle(log).Value().(LogFunc)(int(severity), C.GoString(line))
}
