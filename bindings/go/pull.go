package wserve

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"wserve/internal/core"
)

// run serves until the library has stopped. Nobody waits in C: the goroutine that takes the requests
// waits for the worker's descriptor on Go's netpoller, and gives each request a goroutine.
func (i *instance) run() error {
	defer close(i.done)
	if err := try(i.server.Start); err != nil {
		return err
	}
	var err error
	if i.isInline {
		i.turn()
	} else {
		err = i.pull()
	}
	i.server.Stop()
	i.server.Join()
	return err
}

// pull takes requests until there will be no more.
func (i *instance) pull() error {
	// A duplicate, as the descriptor is the worker's and the file closes its own.
	syscall.ForkLock.RLock()
	fd, err := syscall.Dup(i.worker.Fd())
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return &Error{Status: ErrSystem, Message: "duplicating the worker's descriptor: " + err.Error()}
	}
	file := os.NewFile(uintptr(fd), "ws_worker_fd")
	defer file.Close()
	connection, err := file.SyscallConn()
	if err != nil {
		return err
	}
	poller := core.NewPoller(i.worker.Swigcptr())
	// Nothing is read from it: with false, Read waits until it is readable, and asks again.
	return connection.Read(func(uintptr) bool { return i.takeAll(poller) })
}

// takeAll takes the requests that wait; true when none will come any more.
func (i *instance) takeAll(poller *core.Poller) bool {
	for {
		var taken core.Taken
		i.acquire()
		status := poller.Next(0, &taken)
		if status == statusOK {
			go i.serve(taken)
			continue
		}
		i.release()
		if status != statusInterrupted {
			return i.isOver(status)
		}
	}
}

// isOver is true once no request will come any more.
func (i *instance) isOver(status int) bool {
	if status < 0 {
		i.owner.logf("wserve: taking a request: %v", Status(status))
	}
	return status != statusTimeout
}

// turn turns the event loop and serves each request on this goroutine.
func (i *instance) turn() {
	runtime.LockOSThread() // the library wants it to be always the same one
	defer runtime.UnlockOSThread()
	poller := core.NewPoller(i.worker.Swigcptr())
	for {
		var taken core.Taken
		switch status := poller.Next(-1, &taken); {
		case status == statusOK:
			i.serve(taken)
		case status != statusInterrupted && i.isOver(status):
			return
		}
	}
}

func (i *instance) acquire() {
	if i.slots != nil {
		i.slots <- struct{}{}
	}
}

func (i *instance) release() {
	if i.slots != nil {
		<-i.slots
	}
}

// serve lets the handler answer one request, and sees to it that there is an answer.
func (i *instance) serve(taken core.Taken) {
	exchange := &exchange{handle: taken.Handle}
	requestContext := &requestContext{
		base:    i.owner.baseContext(),
		server:  i.owner,
		environ: environ(taken.Environ),
		handle:  taken.Handle,
		watcher: &i.owner.watcher,
	}
	request := newRequest(requestContext.environ, requestContext,
		&body{exchange: exchange, size: taken.BodySize, left: taken.BodySize})
	memory := buffers.Get().(*buffer)
	w := &response{
		exchange: exchange, request: request, server: i.owner, header: http.Header{},
		contentLength: -1, fields: memory.fields[:0], pending: memory.pending[:0],
	}
	defer func() {
		w.isEnded.Store(true)
		memory.fields, memory.pending = w.fields, w.pending
		w.fields, w.pending = nil, nil
		buffers.Put(memory)
		requestContext.end()
		exchange.end()
		i.release()
	}()
	i.answer(w, request)
}

// answer calls the handler. A panic becomes a 500, or cuts the connection once the head is out; so
// does runtime.Goexit, which nothing can tell from a panic but that there is no value.
func (i *instance) answer(w *response, request *http.Request) {
	hasReturned := false
	defer func() {
		if hasReturned {
			return
		}
		switch problem := recover(); problem {
		case http.ErrAbortHandler:
			w.abort()
		case nil:
			w.fail("the handler has ended its goroutine")
		default:
			w.fail(fmt.Sprintf("panic: %v\n%s", problem, debug.Stack()))
		}
	}()
	i.owner.handler().ServeHTTP(w, request)
	w.finish()
	hasReturned = true
}
