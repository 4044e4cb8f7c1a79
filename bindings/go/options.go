package wserve

import (
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"

	"wserve/internal/core"
)

// Options are the options of the library by their names; docs/options.md and OptionList tell what
// there is. A value is a string in the library's own form, or what says the same in Go: a bool, a
// number, a time.Duration, a list of strings, or anything with a String method. "-" and "_" are the
// same in names. What is not understood is an error that says what is allowed.
//
//	wserve.Options{
//		"trusted_proxy":         "127.0.0.1",
//		"trusted_proxy_headers": []string{"x-forwarded-for", "x-forwarded-proto"},
//		"url_prefix":            "/shop",
//		"stop_timeout":          5 * time.Second,
//	}
//
// Each request has a goroutine of its own, and there is no limit to them but connection_limit. If
// the option threads is given (in an ini file: another number than its default), no more handlers than that run at once; the other requests wait.
// With threads=0 the handlers run one after the other on the goroutine that turns the event loop:
// the quickest way for handlers that never wait, and no others.
type Options map[string]any

// Option describes one option of the library.
type Option struct {
	Name    string
	Type    string // bool, int, size, seconds, mode, choice, text or list
	Unit    string // of numbers: bytes, seconds, threads, ...
	Default string
	Range   string // "0..1024" or "1..256 or auto" for numbers, "http|https" for words
	Help    string
	Since   string // first release of the library that has it
}

// OptionList describes every option of the library, in the order of its manual.
func OptionList() []Option {
	list := make([]Option, core.Option_count())
	for i := range list {
		at := int64(i)
		list[i] = Option{
			Name:    core.Option_name(at),
			Type:    core.Option_type(at),
			Unit:    core.Option_unit(at),
			Default: core.Option_default(at),
			Range:   core.Option_range(at),
			Help:    core.Option_help(at),
			Since:   core.Option_since(at),
		}
	}
	return list
}

// each calls do with every option in text form, by their names, so that the first mistake is always
// the same one.
func (o Options) each(do func(name, value string) error) error {
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value, err := optionText(o[name])
		if _, isList := o[name].([]string); isList && err == nil {
			err = mustBeList(name)
		}
		if err != nil {
			return mistake(name, " ", err.Error())
		}
		if err := do(name, value); err != nil {
			return err
		}
	}
	return nil
}

// get gives an option in text form.
func (o Options) get(name string) (value string, found bool) {
	for key, given := range o {
		if strings.ReplaceAll(key, "-", "_") == name {
			value, err := optionText(given)
			return value, err == nil
		}
	}
	return "", false
}

// mustBeList is nil for a list, and for what is no option: the library says that better.
func mustBeList(name string) error {
	name = strings.ReplaceAll(name, "-", "_")
	for _, option := range OptionList() {
		if option.Name == name && option.Type != "list" {
			allowed := option.Range
			if allowed == "" {
				allowed = "a " + option.Type
			}
			return fmt.Errorf("must be %s, got a list", allowed)
		}
	}
	return nil
}

// isNil also tells a nil pointer in an interface, whose String method would panic.
func isNil(value any) bool {
	of := reflect.ValueOf(value)
	return value == nil || of.Kind() == reflect.Pointer && of.IsNil()
}

// optionText turns a value into the library's form of it.
func optionText(value any) (string, error) {
	if isNil(value) {
		return "", errors.New("must have a value, got nil: leave it out for its default")
	}
	switch value := value.(type) {
	case string:
		return cText(value)
	case bool:
		return strconv.FormatBool(value), nil
	case time.Duration:
		return strconv.FormatFloat(value.Seconds(), 'f', -1, 64), nil
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64), nil
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, uintptr:
		return fmt.Sprint(value), nil
	case []string:
		return cText(strings.Join(value, " "))
	case fmt.Stringer:
		return cText(value.String())
	}
	return "", fmt.Errorf("must be a string, bool, number, time.Duration or []string, got %T", value)
}

// cText refuses what C would cut short.
func cText(text string) (string, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return "", fmt.Errorf("must be without NUL bytes, got %q", text)
	}
	return text, nil
}
