package wserve

// LeaveWriters takes all places inside calls that send but count, until restore is called.
func LeaveWriters(count int) (restore func()) {
	taken := maxWriters - count
	for i := 0; i < taken; i++ {
		writers <- struct{}{}
	}
	return func() {
		for i := 0; i < taken; i++ {
			<-writers
		}
	}
}
