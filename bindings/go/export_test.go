package wserve

// SetMaxWriters changes how many goroutines may be inside calls that send, until restore is called.
func SetMaxWriters(count int) (restore func()) {
	before := writers
	writers = make(chan struct{}, count)
	return func() { writers = before }
}
