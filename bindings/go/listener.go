package wserve

import (
	"sync/atomic"
	"syscall"
	"time"
)

// listenerInterval is how long it takes at most until a server hears that its listener was closed:
// the library accepts on a duplicate of the descriptor, and Go tells nobody of a Close.
const listenerInterval = 100 * time.Millisecond

// stopWithListener lets the instance stop once its listener is closed; the result tells whether that
// was the reason.
func (i *instance) stopWithListener(listener syscall.Conn) (isClosed func() bool) {
	var closed atomic.Bool
	connection, err := listener.SyscallConn()
	if err != nil { // it is closed already
		connection = nil
	}
	go func() {
		ticker := time.NewTicker(listenerInterval)
		defer ticker.Stop()
		for connection != nil && connection.Control(func(uintptr) {}) == nil {
			select {
			case <-i.done:
				return
			case <-ticker.C:
			}
		}
		closed.Store(true)
		i.stop()
	}()
	return closed.Load
}
