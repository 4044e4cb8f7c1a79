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

// puller takes requests from a worker of the library's. Nobody waits in C: it waits for the worker's
// descriptor on Go's netpoller.
//
// It serves a request itself, which saves waking a second thread, as long as another puller is there
// to take the next one; else it gives the request a goroutine.
type puller struct {
	instance *instance
	worker   core.Worker
	poller   *core.Poller
	file     *os.File // a duplicate of the worker's descriptor
	ready    syscall.RawConn
}

func newPuller(i *instance) (*puller, error) {
	worker, err := newWorker(i.server)
	if err != nil {
		return nil, err
	}
	p := &puller{instance: i, worker: worker, poller: core.NewPoller(worker)}
	if i.isInline {
		return p, nil
	}
	fd, err := duplicate(worker.Fd())
	if err != nil {
		p.free()
		return nil, &Error{Status: ErrSystem, Message: "duplicating a worker's descriptor: " + err.Error()}
	}
	p.file = os.NewFile(uintptr(fd), "ws_worker_fd")
	if p.ready, err = p.file.SyscallConn(); err != nil {
		p.free()
		return nil, err
	}
	return p, nil
}

func newWorker(server core.Server) (worker core.Worker, err error) {
	err = try(func() int {
		if worker = core.NewWorker(server); worker.Swigcptr() == 0 {
			return int(ErrSystem)
		}
		return statusOK
	})
	return worker, err
}

// duplicate is for descriptors that an os.File shall close without closing the library's.
func duplicate(fd int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	made, err := syscall.Dup(fd)
	if err == nil {
		syscall.CloseOnExec(made)
	}
	return made, err
}

func (p *puller) free() {
	if p.file != nil {
		_ = p.file.Close()
	}
	core.DeleteWorker(p.worker)
}

// run takes requests until there will be no more.
func (p *puller) run() {
	next := p.next
	if p.instance.isInline {
		runtime.LockOSThread() // between the turns of a loop its thread never waits for a slow client
		defer runtime.UnlockOSThread()
		next = p.turn
	}
	hasEnded := false
	defer func() {
		if hasEnded {
			p.instance.end()
			p.free()
		} else {
			go p.run() // a handler has ended the goroutine
		}
	}()
	for next() {
	}
	hasEnded = true
}

// next waits for a request and has it served; false when none will come any more.
func (p *puller) next() bool {
	var taken core.Taken
	status := statusTimeout
	// Nothing is read from the descriptor: after false, Read waits until it is readable.
	err := p.ready.Read(func(uintptr) bool {
		status = p.take(&taken)
		return status != statusTimeout
	})
	if err != nil {
		p.instance.owner.logf("wserve: waiting for requests: %v", err)
		return false
	}
	if status != statusOK {
		return p.instance.goesOn(status)
	}
	if p.instance.leaveToOthers() {
		defer p.instance.pulling.Add(1)
		p.instance.serve(taken)
	} else {
		go p.instance.serve(taken)
	}
	return true
}

// take takes a request if there is one.
func (p *puller) take(taken *core.Taken) int {
	p.instance.acquire()
	status := p.poller.Next(0, taken)
	if status != statusOK {
		p.instance.release()
	}
	return status
}

// turn turns the event loop until there is a request, and serves that at once; false when none will
// come any more.
func (p *puller) turn() bool {
	var taken core.Taken
	status := p.poller.Next(-1, &taken)
	if status != statusOK {
		return p.instance.goesOn(status)
	}
	p.instance.serve(taken)
	return true
}

// leaveToOthers is true when the calling puller may be busy for a while: another one pulls.
func (i *instance) leaveToOthers() bool {
	for {
		now := i.pulling.Load()
		if now < 2 {
			return false
		}
		if i.pulling.CompareAndSwap(now, now-1) {
			return true
		}
	}
}

// run serves until the library has stopped.
func (i *instance) run() error {
	defer close(i.done)
	defer i.flushRelays()
	if err := i.startRelays(); err != nil {
		return err
	}
	if err := try(i.server.Start); err != nil {
		return err
	}
	pullers := i.pullers
	i.pullers = nil
	i.pulling.Store(int32(len(pullers)))
	for _, p := range pullers {
		go p.run()
	}
	<-i.ended
	i.server.Stop()
	i.server.Join()
	return nil
}

// end lets run wait for the library's end, and for nothing else: all pullers may be busy, or wait for
// handlers that do not return. They find out by themselves, later.
func (i *instance) end() { i.endOnce.Do(func() { close(i.ended) }) }

// goesOn is false once no request will come any more.
func (i *instance) goesOn(status int) bool {
	if status < 0 {
		i.owner.logf("wserve: taking a request: %v", Status(status))
	}
	return status == statusTimeout || status == statusInterrupted
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
		&body{exchange: exchange, context: requestContext, size: taken.BodySize, left: taken.BodySize}, i.isStreaming)
	memory := buffers.Get().(*buffer)
	w := &response{
		exchange: exchange, context: requestContext, request: request, server: i.owner, header: http.Header{},
		contentLength: -1, fields: memory.fields[:0], pending: memory.pending[:0],
	}
	if i.goroutines != nil {
		i.goroutines.enter(taken.Handle)
		defer i.goroutines.leave(taken.Handle)
	}
	defer func() {
		w.isEnded.Store(true)
		memory.fields, memory.pending = w.fields, w.pending
		w.fields, w.pending = nil, nil
		buffers.Put(memory)
		requestContext.end()
		exchange.end()
		i.release()
		removeUploads(request)
	}()
	i.answer(w, request)
}

// removeUploads removes the temporary files of a form that the handler has parsed, as net/http does.
func removeUploads(request *http.Request) {
	if request.MultipartForm != nil {
		_ = request.MultipartForm.RemoveAll()
	}
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
	i.owner.handlerOf(request).ServeHTTP(w, request)
	w.finish()
	hasReturned = true
}
