package wserve

import (
	"os"
	"syscall"

	"wserve/internal/core"
)

// So many lines may wait for ErrorLog and AccessLog; what is more is lost, and counted in the log.
const (
	keptLogLines    = 1024
	keptAccessLines = 10000
)

// relay passes on what the library keeps: none of its threads waits for a function of Go's.
type relay struct {
	server core.Server
	take   func(core.Server) (core.Line, bool)
	tell   func(core.Line)
	open   func() int // gives a descriptor that is readable while there are lines
	file   *os.File   // a duplicate of it
	ready  syscall.RawConn
	ended  chan struct{}
}

// relay passes on one kind of lines, which keep, before the server listens, lets the library keep.
func (i *instance) relay(keep, open func() int, take func(core.Server) (core.Line, bool),
	tell func(core.Line)) error {
	i.relays = append(i.relays, &relay{server: i.server, take: take, tell: tell, open: open})
	return try(keep)
}

// keepLog sends the library's log to the owner's.
func (i *instance) keepLog() error {
	logger := i.owner.ErrorLog
	if logger == nil {
		return nil
	}
	names := [...]string{"debug", "info", "warning", "error"}
	return i.relay(func() int { return i.server.Keep_log(keptLogLines) }, i.server.Log_fd, core.TakeLog,
		func(line core.Line) { logger.Printf("wserve: %s: %s", names[line.Severity], line.Text) })
}

// keepLines sets up what else the owner wants to hear.
func (i *instance) keepLines() error {
	if tell := i.owner.AccessLog; tell != nil {
		err := i.relay(func() int { return i.server.Keep_access(keptAccessLines) }, i.server.Access_fd,
			core.TakeAccess, func(line core.Line) { tell(line.Text) })
		if err != nil {
			return err
		}
	}
	if i.server.Get("slow_request") == "0" || i.server.Get("slow_request_stack") == "none" {
		return nil
	}
	i.goroutines = &goroutines{}
	return i.relay(i.server.Keep_slow, i.server.Slow_fd, core.TakeSlow, i.tellStack)
}

// startRelays is called in the process that serves.
func (i *instance) startRelays() error {
	for _, r := range i.relays {
		if err := r.start(); err != nil {
			return err
		}
	}
	return nil
}

// flushRelays returns when all that the library has kept is passed on: it has stopped, or not started.
func (i *instance) flushRelays() {
	for _, r := range i.relays {
		r.end()
		r.passOn()
	}
}

func (r *relay) start() error {
	fd, err := duplicate(r.open())
	if err != nil {
		return &Error{Status: ErrSystem, Message: "duplicating a descriptor of lines: " + err.Error()}
	}
	r.file = os.NewFile(uintptr(fd), "wserve lines")
	if r.ready, err = r.file.SyscallConn(); err != nil {
		return err
	}
	r.ended = make(chan struct{})
	go r.run()
	return nil
}

func (r *relay) run() {
	defer close(r.ended)
	for {
		// As for pullers, nothing is read from the descriptor.
		err := r.ready.Read(func(uintptr) bool { return r.passOn() })
		if err != nil {
			return // end has closed the file
		}
	}
}

// passOn is true when there was a line.
func (r *relay) passOn() bool {
	hadOne := false
	for {
		line, found := r.take(r.server)
		if !found {
			return hadOne
		}
		hadOne = true
		r.tell(line)
	}
}

func (r *relay) end() {
	if r.ended != nil {
		_ = r.file.Close()
		<-r.ended
	}
}
