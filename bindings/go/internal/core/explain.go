package core

/*
#include <stdlib.h>
#include "hot.h"
*/
import "C"

import "unsafe"

// ExplainProxy calls ws_server_explain_proxy; "" with the thread's last error.
func ExplainProxy(server uintptr, peer, fields string) string {
	cPeer, cFields := C.CString(peer), C.CString(fields)
	defer C.free(unsafe.Pointer(cPeer))
	defer C.free(unsafe.Pointer(cFields))
	buffer := make([]byte, 4096)
	for {
		size := int(C.cold_explain_proxy(C.uintptr_t(server), cPeer, cFields, chars(buffer),
			C.size_t(len(buffer))))
		if size < len(buffer) {
			return string(buffer[:size])
		}
		buffer = make([]byte, size+1)
	}
}
