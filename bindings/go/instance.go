package wserve

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"wserve/internal/core"
)

// abi is the binary interface that this package is written for.
const abi = 1

// instance is a ws_server with its worker: one for each Serve that runs.
type instance struct {
	owner *Server
	done  chan struct{} // closed when it has stopped
	// isStreaming: handlers run when the head is there, and read the body while it comes.
	isStreaming bool
	isInline    bool          // threads=0: taking requests turns the event loop
	slots       chan struct{} // nil, or as many as handlers may run at once
	pullers     []*puller     // until they run; each frees itself then
	pulling     atomic.Int32  // pullers that do not serve a request
	ended       chan struct{} // closed when the library is to end, or has
	endOnce     sync.Once
	relays      []*relay
	goroutines  *goroutines // nil: nobody asks for slow requests

	mu      sync.Mutex // guards server against stop after free
	server  core.Server
	dropped *dropped
}

// newInstance makes a server that is still to be set up.
func newInstance(owner *Server) (*instance, error) {
	if core.Abi_version() != abi {
		return nil, &Error{Status: ErrInternal, Message: fmt.Sprintf(
			"libwserve %s has binary interface %d, and package wserve needs %d",
			core.Version(), core.Abi_version(), abi)}
	}
	i := &instance{
		owner: owner, done: make(chan struct{}), ended: make(chan struct{}), server: core.NewServer(),
	}
	if i.server.Swigcptr() == 0 {
		return nil, &Error{Status: ErrNoMemory, Message: "no memory for a server"}
	}
	return i, nil
}

// newListening makes a server that listens: on addr, on a socket if that is not negative, or where
// the options say.
func newListening(owner *Server, addr string, socket int) (*instance, error) {
	i, err := newInstance(owner)
	if err != nil {
		return nil, err
	}
	if err = i.setUp(addr, socket); err == nil {
		err = i.makePullers()
	}
	if err == nil {
		err = try(i.server.Listen)
	}
	if err != nil {
		i.free()
		return nil, err
	}
	i.flushRelays() // of what the set-up has said
	return i, nil
}

// newInstanceFor makes a server that has taken over a listener of Go's.
func newInstanceFor(owner *Server, listener net.Listener) (made *instance, err error) {
	descriptor, ok := listener.(syscall.Conn)
	if !ok {
		return nil, mistake(fmt.Sprintf(
			"Serve needs a listener with a descriptor, such as *net.TCPListener, got %T", listener))
	}
	connection, err := descriptor.SyscallConn()
	if err != nil {
		return nil, err
	}
	failed := connection.Control(func(fd uintptr) {
		made, err = newListening(owner, "", int(fd)) // the library uses a duplicate
	})
	if failed != nil {
		return nil, failed
	}
	return made, err
}

// setUp gives the library all that the owner says; it binds nothing.
func (i *instance) setUp(addr string, socket int) error {
	if err := i.keepLog(); err != nil {
		return err
	}
	if err := i.set("body_streaming", "true"); err != nil {
		return err // as in net/http, unless somebody says something else
	}
	if err := i.loadIni(); err != nil {
		return err
	}
	if err := i.owner.Options.each(i.set); err != nil {
		return err
	}
	if err := i.setPlace(addr, socket); err != nil {
		return err
	}
	if err := i.keepLines(); err != nil {
		return err
	}
	i.limitHandlers()
	if err := i.limitStreaming(); err != nil {
		return err
	}
	return i.addFilters()
}

// limitStreaming: with threads=0 a handler that waits would wait for itself.
func (i *instance) limitStreaming() error {
	if i.isInline {
		return i.set("body_streaming", "false")
	}
	i.isStreaming = i.server.Get("body_streaming") == "true"
	return nil
}

func (i *instance) set(name, value string) error {
	return try(func() int { return i.server.Set(name, value) })
}

// setPlace has the library listen on addr or socket. What the options say besides is a conflict, which
// the library finds.
func (i *instance) setPlace(addr string, socket int) error {
	if socket >= 0 {
		return i.setNew("sockets", fmt.Sprint(socket))
	}
	if addr == "" {
		return nil
	}
	addr, err := cText(addr)
	if err != nil {
		return mistake("Addr ", err.Error())
	}
	entries := strings.Fields(addr)
	for at, entry := range entries {
		if strings.HasPrefix(entry, ":") { // as Go writes "every address"
			entries[at] = "*" + entry
		}
	}
	return i.setNew("listen", strings.Join(entries, " "))
}

// setNew sets an option that Options must not have set.
func (i *instance) setNew(name, value string) error {
	if _, found := i.owner.Options.get(name); found {
		return &Error{Status: ErrConflict,
			Message: "option " + name + " excludes Addr, and a listener that is given to Serve"}
	}
	return i.set(name, value)
}

// limitHandlers heeds threads if it was given: its default is meant for threads.
func (i *instance) limitHandlers() {
	threads := 0
	_, _ = fmt.Sscan(i.server.Get("threads"), &threads)
	if _, found := i.owner.Options.get("threads"); !found && threads == defaultThreads() {
		return
	}
	i.isInline = threads == 0
	if threads > 0 {
		i.slots = make(chan struct{}, threads)
	}
}

// defaultThreads is what the option threads is when nobody has set it.
func defaultThreads() (threads int) {
	for at := int64(0); at < core.Option_count(); at++ {
		if core.Option_name(at) == "threads" {
			_, _ = fmt.Sscan(core.Option_default(at), &threads)
		}
	}
	return threads
}

// makePullers makes one for each processor, and one that waits while all of them serve.
func (i *instance) makePullers() error {
	count := runtime.GOMAXPROCS(0) + 1
	if i.isInline {
		count = 1
	}
	for ; count > 0; count-- {
		made, err := newPuller(i)
		if err != nil {
			return err
		}
		i.pullers = append(i.pullers, made)
	}
	return nil
}

func (i *instance) addresses() []string {
	var all []string
	for at := int64(0); ; at++ {
		address := i.server.Address(at)
		if address == "" {
			return all
		}
		all = append(all, address)
	}
}

// use runs a call with the server, unless that has been freed.
func (i *instance) use(call func(core.Server)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.server != nil {
		call(i.server)
	}
}

func (i *instance) stop() {
	i.use(func(server core.Server) { server.Stop() })
	i.end()
}

func (i *instance) cut() {
	i.use(func(server core.Server) { server.Drain(0) })
	i.end()
}

func (i *instance) stat(name string) (number int64) {
	i.use(func(server core.Server) { number = server.Stat(name) })
	return number
}

// free gives everything back. Requests that are still being answered live on.
func (i *instance) free() {
	i.dropped.forget()
	i.flushRelays()
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, p := range i.pullers {
		p.free()
	}
	i.pullers = nil
	core.DeleteServer(i.server)
	i.server = nil
}
