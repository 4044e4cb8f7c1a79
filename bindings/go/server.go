package wserve

import (
	"context"
	"log"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// Server serves an http.Handler with the library: the fields and methods are those of http.Server as
// far as both have the thing. The zero value is ready to use, with the options' defaults.
//
// A Server is not copied and its fields are not changed once it serves.
type Server struct {
	// Addr is where ListenAndServe listens: "127.0.0.1:8080", ":8080", "[::1]:8080",
	// "unix:/run/app.sock?mode=0660", or several between blanks. Empty: what Options say, else port
	// 8080 of every IPv4 address.
	Addr string

	// Handler answers the requests; nil for http.DefaultServeMux.
	Handler http.Handler

	// Options are the options of the library.
	Options Options

	// Filters are filters of the library's; the first sees a request first.
	Filters []Filter

	// Ini is an ini file in the dialect of PasteDeploy that gives options, by [server:main], and
	// filters, by a pipeline or filter-with: "shop.ini", or "shop.ini#NAME" for another section than
	// main. The application that it names is not looked for. Options and Addr overrule it.
	Ini string

	// IniSettings are values beyond those of the ini file's [DEFAULT], which overrules them.
	IniSettings Settings

	// ErrorLog gets the lines of the library's log (option log_level), and a panic's trace among
	// them; nil for standard error. It is called by one goroutine at a time, and no thread of the
	// library's waits for it; lines that come faster than it takes them are lost, and counted there.
	// All have been passed on when ListenAndServe or Serve returns. It must not call methods of this
	// Server.
	ErrorLog *log.Logger

	// AccessLog, if there is one, gets a line for each request that has ended, as the option
	// access_log_format says. It is called by one goroutine at a time; lines that come faster than
	// it takes them are lost, and counted in the log.
	AccessLog func(line string)

	// BaseContext, if there is one, gives what the contexts of requests are made from.
	BaseContext func() context.Context

	mu         sync.Mutex
	listening  *instance // made by Listen, for the next ListenAndServe
	serving    map[*instance]struct{}
	isClosing  bool
	onShutdown []func()
	watcher    watcher
}

// ListenAndServe serves a handler on an address until the process ends.
func ListenAndServe(addr string, handler http.Handler) error {
	return (&Server{Addr: addr, Handler: handler}).ListenAndServe()
}

// Listen checks the options and binds the addresses, without accepting anything, and tells them:
// "127.0.0.1:8080", "unix:/run/app.sock". ListenAndServe does it when it was not done; done before, it
// tells the port that was taken for port 0.
func (s *Server) Listen() ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosing {
		return nil, http.ErrServerClosed
	}
	if s.listening != nil {
		return nil, &Error{Status: ErrState, Message: "the server is listening already"}
	}
	made, err := newListening(s, s.Addr, -1)
	if err != nil {
		return nil, err
	}
	made.freeWhenDropped()
	s.listening = made
	return made.addresses(), nil
}

// ListenAndServe listens and serves until Shutdown or Close is called; then it returns
// http.ErrServerClosed, after the requests that were being answered.
func (s *Server) ListenAndServe() error {
	s.mu.Lock()
	made := s.listening
	s.listening = nil
	s.mu.Unlock()
	if made == nil {
		if s.closing() {
			return http.ErrServerClosed
		}
		var err error
		if made, err = newListening(s, s.Addr, -1); err != nil {
			return err
		}
	}
	made.dropped.forget()
	return s.serve(made)
}

// Serve serves connections of a listener that has a descriptor: a *net.TCPListener or a
// *net.UnixListener. It closes the listener in the end, and returns as ListenAndServe does; when
// somebody else closes the listener it answers what has come, and returns an error that is
// net.ErrClosed. Several may run at once.
func (s *Server) Serve(listener net.Listener) error {
	defer listener.Close()
	if s.closing() {
		return http.ErrServerClosed
	}
	made, err := newInstanceFor(s, listener)
	if err != nil {
		return err
	}
	isClosed := made.stopWithListener(listener.(syscall.Conn))
	if err = s.serve(made); isClosed() && !s.closing() {
		err = &net.OpError{Op: "accept", Net: listener.Addr().Network(), Addr: listener.Addr(), Err: net.ErrClosed}
	}
	return err
}

func (s *Server) serve(made *instance) error {
	if !s.enter(made) {
		made.free()
		return http.ErrServerClosed
	}
	err := made.run()
	s.mu.Lock()
	delete(s.serving, made)
	s.mu.Unlock()
	made.free()
	if err == nil {
		err = http.ErrServerClosed
	}
	return err
}

// enter notes an instance that Shutdown shall stop; false when it has been called already.
func (s *Server) enter(made *instance) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosing {
		return false
	}
	if s.serving == nil {
		s.serving = map[*instance]struct{}{}
	}
	s.serving[made] = struct{}{}
	return true
}

func (s *Server) closing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isClosing
}

// Shutdown stops the server: it accepts no more connections, closes idle ones, answers the requests
// that it has taken, and cuts what is left after the option stop_timeout. It returns when that is
// done, or with ctx's error when ctx ends first; Close then cuts at once. Contexts of requests are
// not cancelled; see RegisterOnShutdown. A Server that was shut down serves no more.
func (s *Server) Shutdown(ctx context.Context) error {
	stopped := s.stop(func(i *instance) { i.stop() })
	s.mu.Lock()
	for _, f := range s.onShutdown {
		go f()
	}
	s.onShutdown = nil
	s.mu.Unlock()
	for _, i := range stopped {
		select {
		case <-i.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close stops the server at once and cuts its connections; hijacked ones stay. It does not wait for
// handlers.
func (s *Server) Close() error {
	s.stop(func(i *instance) { i.cut() })
	return nil
}

// stop lets every instance end, and tells which ones there are.
func (s *Server) stop(how func(*instance)) []*instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isClosing = true
	if s.listening != nil {
		s.listening.free()
		s.listening = nil
	}
	stopped := make([]*instance, 0, len(s.serving))
	for i := range s.serving {
		how(i)
		stopped = append(stopped, i)
	}
	return stopped
}

// RegisterOnShutdown has a function called once, in a goroutine of its own, when Shutdown is: to tell
// hijacked connections and endless answers to come to an end.
func (s *Server) RegisterOnShutdown(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onShutdown = append(s.onShutdown, f)
}

// Stat gives one number about the server: "connections" (open now), "requests" (taken so far) or
// "waiting" (requests that no goroutine has taken yet); -1 for any other name.
func (s *Server) Stat(name string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := int64(0)
	for i := range s.serving {
		number := i.stat(name)
		if number < 0 {
			return number
		}
		sum += number
	}
	return sum
}

// handlerOf is the handler, but for a question that is about the server: RFC 9110 §9.3.7.
func (s *Server) handlerOf(r *http.Request) http.Handler {
	switch {
	case r.RequestURI == "*" && r.Method == http.MethodOptions:
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "0")
		})
	case s.Handler == nil:
		return http.DefaultServeMux
	}
	return s.Handler
}

func (s *Server) baseContext() context.Context {
	if s.BaseContext == nil {
		return context.Background()
	}
	return s.BaseContext()
}

func (s *Server) logf(format string, args ...any) {
	if s.ErrorLog != nil {
		s.ErrorLog.Printf(format, args...)
	} else {
		log.Printf(format, args...)
	}
}
