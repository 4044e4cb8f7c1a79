package core

/*
#include "hot.h"
*/
import "C"

import "unsafe"

// Line is one that a server has kept: of its log, of its access log, or of a request that is slow.
type Line struct {
	Text     string
	Severity int    // in the log
	Request  Handle // which is slow; only to be compared
}

func server(of Server) *C.ws_server { return (*C.ws_server)(unsafe.Pointer(of.Swigcptr())) }

// TakeLog takes the oldest line of the log. One goroutine at a time takes lines of one kind.
func TakeLog(of Server) (Line, bool) {
	var severity C.ws_severity
	var text *C.char
	var size C.size_t
	if C.ws_server_take_log(server(of), &severity, &text, &size) != 0 {
		return Line{}, false
	}
	return Line{Text: C.GoStringN(text, C.int(size)), Severity: int(severity)}, true
}

// TakeAccess takes the oldest line of the access log.
func TakeAccess(of Server) (Line, bool) {
	var text *C.char
	var size C.size_t
	if C.ws_server_take_access(server(of), &text, &size) != 0 {
		return Line{}, false
	}
	return Line{Text: C.GoStringN(text, C.int(size))}, true
}

// TakeSlow takes the oldest offer of a slow request.
func TakeSlow(of Server) (Line, bool) {
	var thread C.int64_t // a goroutine has none
	var request unsafe.Pointer
	var text *C.char
	var size C.size_t
	if C.ws_server_take_slow(server(of), &thread, &request, &text, &size) != 0 {
		return Line{}, false
	}
	return Line{Text: C.GoStringN(text, C.int(size)), Request: Handle(request)}, true
}
