package core

/*
#include <stdlib.h>
#include "hot.h"
*/
import "C"

import "unsafe"

// ExplainProxy calls ws_server_explain_proxy; "" with the thread's last error.
func ExplainProxy(of Server, peer, fields string) string {
	cPeer, cFields := C.CString(peer), C.CString(fields)
	defer C.free(unsafe.Pointer(cPeer))
	defer C.free(unsafe.Pointer(cFields))
	buffer := make([]byte, 4096)
	for {
		text, capacity := chars(buffer)
		size := C.ws_server_explain_proxy(server(of), cPeer, cFields, text, capacity)
		if size < capacity {
			return string(buffer[:size])
		}
		buffer = make([]byte, size+1)
	}
}
