package wserve

import (
	"bytes"
	"runtime"
	"sync"

	"wserve/internal/core"
)

// mostStacks bounds the memory in which the stacks of all goroutines are looked for one.
const mostStacks = 64 << 20

// goroutines knows which goroutine serves which request, for who is asked for its stack. There is
// one where slow_request is set.
type goroutines struct {
	names sync.Map // handle of the request -> "goroutine 17 "
}

// enter notes the calling goroutine; leave is to be called before the request is given back.
func (g *goroutines) enter(request core.Handle) {
	head := make([]byte, 64)
	head = head[:runtime.Stack(head, false)]
	if end := bytes.IndexByte(head, '['); end > 0 {
		g.names.Store(request, string(head[:end]))
	}
}

func (g *goroutines) leave(request core.Handle) { g.names.Delete(request) }

// stackOf is the stack of the goroutine that serves a request, as a panic shows it; empty when none
// does any more. All goroutines stand still while their stacks are written.
func (g *goroutines) stackOf(request core.Handle) string {
	name, found := g.names.Load(request)
	if !found {
		return ""
	}
	for _, stack := range bytes.Split(allStacks(), []byte("\n\n")) {
		if bytes.HasPrefix(stack, []byte(name.(string))) {
			return string(bytes.TrimSpace(stack))
		}
	}
	return ""
}

func allStacks() []byte {
	for size := 1 << 20; ; size *= 2 {
		memory := make([]byte, size)
		if n := runtime.Stack(memory, true); n < size || size >= mostStacks {
			return memory[:n]
		}
	}
}

func (i *instance) tellStack(slow core.Line) {
	if stack := i.goroutines.stackOf(slow.Request); stack != "" {
		i.owner.logf("wserve: warning: %s; its stack:\n%s", slow.Text, stack)
	}
}
