package wserve

import (
	"context"
	"sync"
	"time"

	"wserve/internal/core"
)

// contextKey is the type of the keys below.
type contextKey struct{ name string }

// ServerContextKey is the key of the *Server in a request's context.
var ServerContextKey = &contextKey{"wserve-server"}

var environContextKey = &contextKey{"wserve-environ"}

// requestContext ends when its handler returns, when the client has left, and when the server cuts
// the connection. Only for handlers that look is it watched whether the client has left.
type requestContext struct {
	base    context.Context
	server  *Server
	environ environ
	handle  core.Handle // until the handler has returned
	watcher *watcher

	isRead bool // guarded by watcher.mu: a reader waits, and hears of the client's end

	mu     sync.Mutex
	inner  context.Context // made when somebody asks; has ended once ended is true
	cancel context.CancelFunc
	ended  bool
}

// Deadline is that of Server.BaseContext; a request has none of its own.
func (c *requestContext) Deadline() (time.Time, bool) { return c.base.Deadline() }

// Done is closed when the context has ended.
func (c *requestContext) Done() <-chan struct{} { return c.watched().Done() }

// Err tells why the context has ended, nil as long as it has not.
func (c *requestContext) Err() error { return c.watched().Err() }

// Value knows the server, the environ, and what Server.BaseContext knows.
func (c *requestContext) Value(key any) any {
	switch key {
	case ServerContextKey:
		return c.server
	case environContextKey:
		return c.environ
	}
	c.mu.Lock()
	inner := c.inner
	c.mu.Unlock()
	if inner != nil {
		return inner.Value(key) // lets contexts made from this one find the one that is cancelled
	}
	return c.base.Value(key)
}

// watched makes the context that can be cancelled.
func (c *requestContext) watched() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.cancel = context.WithCancel(c.base)
		if c.ended {
			c.cancel()
		} else {
			c.watcher.add(c)
		}
	}
	return c.inner
}

// end is called when the handler has returned, before the request is given back; a second time it
// does nothing.
func (c *requestContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ended = true
	if c.inner != nil {
		c.watcher.remove(c)
		c.cancel()
	}
}

// beginReading is called by who waits for a body's news: asking after the client would take them away.
func (c *requestContext) beginReading() {
	c.watcher.mu.Lock()
	defer c.watcher.mu.Unlock()
	c.isRead = true
}

func (c *requestContext) endReading() {
	c.watcher.mu.Lock()
	defer c.watcher.mu.Unlock()
	c.isRead = false
}

// clientLeft is called by a reader.
func (c *requestContext) clientLeft() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner != nil {
		c.watcher.remove(c)
		c.cancel()
	}
}

// watchInterval is how long it takes at most until a handler hears that its client has left.
const watchInterval = 50 * time.Millisecond

// watcher looks now and then whether the clients of some requests have left: one call of the
// library for all of them. It has a goroutine only while there are any.
type watcher struct {
	mu         sync.Mutex
	isWatching bool // has its goroutine
	watched    map[*requestContext]struct{}
	handles    []core.Handle
	order      []*requestContext
}

// add is called with c.mu held, and looks at once.
func (w *watcher) add(c *requestContext) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watched == nil {
		w.watched = map[*requestContext]struct{}{}
	}
	if !c.isRead && isGone(c.handle.Gone()) {
		c.cancel()
		return
	}
	w.watched[c] = struct{}{}
	if !w.isWatching {
		w.isWatching = true
		go w.watch()
	}
}

func (w *watcher) remove(c *requestContext) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.watched, c)
}

func (w *watcher) watch() {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for range ticker.C {
		if !w.look() {
			return
		}
	}
}

// look cancels what nobody waits for; false when nothing is left to watch. A request that is watched
// has not been given back: remove comes first.
func (w *watcher) look() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.handles, w.order = w.handles[:0], w.order[:0]
	for c := range w.watched {
		if c.isRead {
			continue
		}
		w.handles = append(w.handles, c.handle)
		w.order = append(w.order, c)
	}
	core.Gone(w.handles)
	for i, reason := range w.handles {
		if isGone(int(reason)) {
			w.order[i].cancel()
			delete(w.watched, w.order[i])
		}
	}
	w.isWatching = len(w.watched) > 0
	return w.isWatching
}

// isGone is true for a client that has left, or has shut down its sending half: as in net/http. A
// server that is stopping interrupts nobody.
func isGone(reason int) bool {
	const no, draining = 0, 4
	return reason != no && reason != draining
}
