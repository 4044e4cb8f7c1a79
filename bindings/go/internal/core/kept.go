package core

/*
#include "hot.h"
*/
import "C"

// Kept is one kind of lines that a ws_server keeps until they are taken; one goroutine at a time
// takes them.
type Kept struct {
	server uintptr
	fd     func(C.uintptr_t) C.int
	take   func(C.uintptr_t, *C.cold_line) C.int
}

// KeepAccess has a server that does not listen yet keep lines of its access log.
func KeepAccess(server uintptr, limit int) (Kept, int) {
	kept := Kept{
		server: server,
		fd:     func(s C.uintptr_t) C.int { return C.cold_access_fd(s) },
		take:   func(s C.uintptr_t, line *C.cold_line) C.int { return C.cold_take_access(s, line) },
	}
	return kept, int(C.cold_keep_access(C.uintptr_t(server), C.size_t(limit)))
}

// KeepSlow has a server that does not listen yet keep what it says of slow requests.
func KeepSlow(server uintptr) (Kept, int) {
	kept := Kept{
		server: server,
		fd:     func(s C.uintptr_t) C.int { return C.cold_slow_fd(s) },
		take:   func(s C.uintptr_t, line *C.cold_line) C.int { return C.cold_take_slow(s, line) },
	}
	return kept, int(C.cold_keep_slow(C.uintptr_t(server)))
}

// Fd is readable while there are lines; negative when there is no descriptor to be had.
func (k Kept) Fd() int { return int(k.fd(C.uintptr_t(k.server))) }

// Take gives the oldest line, and the handle of the request that it is about, if it is slow: only to
// be compared.
func (k Kept) Take() (line string, request uintptr, found bool) {
	var taken C.cold_line
	if k.take(C.uintptr_t(k.server), &taken) != 0 {
		return "", 0, false
	}
	return C.GoStringN(taken.text, C.int(taken.size)), uintptr(taken.request), true
}
