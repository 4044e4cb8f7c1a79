package wserve

import (
	"os"
	"syscall"

	"wserve/internal/core"
)

// keptAccessLines may wait for AccessLog; what is more is lost, and counted in the log.
const keptAccessLines = 10000

// relay passes on what the library keeps: none of its threads waits for a function of Go's.
type relay struct {
	kept  core.Kept
	tell  func(line string, request uintptr)
	file  *os.File // a duplicate of the descriptor
	ready syscall.RawConn
	ended chan struct{}
}

// keepLines sets up what the owner wants to hear; before the server listens.
func (i *instance) keepLines() error {
	if tell := i.owner.AccessLog; tell != nil {
		kept, status := core.KeepAccess(i.server.Swigcptr(), keptAccessLines)
		if err := try(func() int { return status }); err != nil {
			return err
		}
		i.relays = append(i.relays, &relay{kept: kept, tell: func(line string, _ uintptr) { tell(line) }})
	}
	if i.server.Get("slow_request") == "0" || i.server.Get("slow_request_stack") == "none" {
		return nil
	}
	kept, status := core.KeepSlow(i.server.Swigcptr())
	if err := try(func() int { return status }); err != nil {
		return err
	}
	i.goroutines = &goroutines{}
	i.relays = append(i.relays, &relay{kept: kept, tell: i.tellStack})
	return nil
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

// endRelays returns when all that the library has kept is passed on; the library has stopped.
func (i *instance) endRelays() {
	for _, r := range i.relays {
		r.end()
	}
}

func (r *relay) start() error {
	fd, err := duplicate(r.kept.Fd())
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
		line, request, found := r.kept.Take()
		if !found {
			return hadOne
		}
		hadOne = true
		r.tell(line, request)
	}
}

func (r *relay) end() {
	if r.ended == nil {
		return
	}
	_ = r.file.Close()
	<-r.ended
	r.passOn()
}
