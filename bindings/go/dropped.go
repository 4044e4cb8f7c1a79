package wserve

import (
	"runtime"

	"wserve/internal/core"
)

// dropped frees what the library has of a server that listens and is forgotten before it has served.
// It points to nothing of Go's that points back: the collector would never come to it.
type dropped struct {
	server  core.Server
	workers []core.Worker
}

// freeWhenDropped arms the collector until forget is called.
func (i *instance) freeWhenDropped() {
	i.dropped = &dropped{server: i.server}
	for _, p := range i.pullers {
		i.dropped.workers = append(i.dropped.workers, p.worker)
	}
	runtime.SetFinalizer(i.dropped, (*dropped).free)
}

// forget is called when the instance is served or freed by those who know it.
func (d *dropped) forget() {
	if d != nil {
		runtime.SetFinalizer(d, nil)
	}
}

func (d *dropped) free() {
	for _, worker := range d.workers {
		core.DeleteWorker(worker)
	}
	core.DeleteServer(d.server)
}
