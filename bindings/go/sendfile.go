package wserve

import (
	"io"
	"os"

	"wserve/internal/core"
)

// sampleSize is what http.DetectContentType looks at.
const sampleSize = 512

// filePart is the part of a regular file that a Reader stands for.
type filePart struct {
	file    *os.File
	limited *io.LimitedReader // nil when it is the rest of the file
	offset  int64
	size    int64
}

// asFilePart recognises what io.Copy, io.CopyN and http.ServeContent pass to ReadFrom.
func asFilePart(source io.Reader) (part filePart, ok bool) {
	if part.limited, ok = source.(*io.LimitedReader); ok {
		source = part.limited.R
	}
	if part.file, ok = source.(*os.File); !ok {
		return part, false
	}
	info, err := part.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return part, false
	}
	if part.offset, err = part.file.Seek(0, io.SeekCurrent); err != nil {
		return part, false
	}
	part.size = info.Size() - part.offset
	if part.limited != nil && part.size > part.limited.N {
		part.size = part.limited.N
	}
	return part, part.size > 0 && part.isReadable()
}

// isReadable is false for a file that was opened for writing alone: io.Copy then says so, before the
// head is out.
func (p *filePart) isReadable() bool {
	_, err := p.file.ReadAt(make([]byte, 1), p.offset)
	return err == nil
}

// advance leaves file and limit as if they had been read.
func (p *filePart) advance() error {
	if p.limited != nil {
		p.limited.N -= p.size
	}
	_, err := p.file.Seek(p.size, io.SeekCurrent)
	return err
}

// sample is the beginning of the part.
func (p *filePart) sample() []byte {
	start := make([]byte, sampleSize)
	got, _ := p.file.ReadAt(start, p.offset)
	if int64(got) > p.size {
		got = int(p.size)
	}
	return start[:got]
}

// sendFile lets the library send a file; done is false for what is none, and for what is short
// enough to go out with its head.
func (w *response) sendFile(source io.Reader) (sent int64, done bool, err error) {
	part, ok := asFilePart(source)
	if !ok || !w.isStarted && w.contentLength < 0 && int64(len(w.pending))+part.size <= bufferSize {
		return 0, false, nil
	}
	if err := w.admit(int(part.size)); err != nil {
		return 0, true, err
	}
	if err := w.startForFile(&part); err != nil {
		return 0, true, err
	}
	connection, err := part.file.SyscallConn()
	if err != nil {
		return 0, true, err
	}
	var sending error
	err = connection.Control(func(fd uintptr) {
		sending = w.exchange.send(func(request core.Handle) int {
			return request.Send_file(int(fd), part.offset, part.size)
		})
	})
	if err == nil {
		_, err = w.sent(0, sending)
	}
	if err != nil {
		return 0, true, err
	}
	return part.size, true, part.advance()
}

// startForFile sends head and pending bytes in front of a file.
func (w *response) startForFile(part *filePart) error {
	if w.isStarted {
		return nil
	}
	sample := w.pending
	if len(sample) == 0 && !w.hasType {
		sample = part.sample()
	}
	_, err := w.sent(0, w.start(sample, w.pending, false))
	return err
}
