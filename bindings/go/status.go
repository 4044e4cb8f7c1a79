package wserve

import (
	"runtime"
	"strings"

	"wserve/internal/core"
)

// Status says which kind of failure an Error is; errors.Is finds it: errors.Is(err, wserve.ErrUnknown).
type Status int

// The failures of the library, as in <wserve/status.h>.
const (
	ErrInvalid      Status = -1  // a value that is not allowed
	ErrNoMemory     Status = -2  // no memory
	ErrState        Status = -3  // not now: too early, too late, or twice
	ErrUnknown      Status = -4  // no such name or index
	ErrDisconnected Status = -5  // the client has left
	ErrConflict     Status = -6  // options that exclude each other
	ErrSystem       Status = -7  // the operating system refuses: address in use, disk full, ...
	ErrApp          Status = -8  // an application could not be opened
	ErrInternal     Status = -9  // a bug of the library's
	ErrTooBig       Status = -10 // more than a limit
)

// What the library returns that is no failure.
const (
	statusOK          = 0
	statusTimeout     = 1
	statusInterrupted = 2
	statusClosed      = 3
)

// Error gives the name of the status, such as "WS_EUNKNOWN".
func (s Status) Error() string { return core.Status_name(int(s)) }

// Error is a call of the library that has failed.
type Error struct {
	Status  Status
	Message string // one line, with the value and what is allowed
}

// Error gives the library's message.
func (e *Error) Error() string { return "wserve: " + e.Message }

// Unwrap gives the Status, for errors.Is.
func (e *Error) Unwrap() error { return e.Status }

// try runs one call of the library. Its message belongs to the thread, so the goroutine stays there.
func try(call func() int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if status := call(); status < 0 {
		return failure(status)
	}
	return nil
}

// failure makes an error of a negative status; on the thread that has got it.
func failure(status int) *Error {
	message := core.Last_error()
	if message == "" {
		message = Status(status).Error()
	}
	return &Error{Status: Status(status), Message: message}
}

// mistake is an error that is found before the library is asked.
func mistake(parts ...string) error {
	return &Error{Status: ErrInvalid, Message: strings.Join(parts, "")}
}
