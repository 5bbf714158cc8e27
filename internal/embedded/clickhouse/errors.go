package clickhouse

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// Codes of the engine's exceptions that the bridge itself gives.
const (
	codeBadArguments    = 36
	codeNotImplemented  = 48
	codeSyntax          = 62
	codeReadonly        = 164
	codeTooMany         = 202
	codeNetwork         = 210
	codeSessionNotFound = 372
	codeSessionLocked   = 373
	codeTooLarge        = 307
	codeAccess          = 497
	codeAuthentication  = 516
)

// exception is an error in the engine's own form, which clients know how to read.
type exception struct {
	code int
	text string
}

func (e *exception) Error() string {
	return fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", e.code, e.text, codeNames[e.code])
}

func exceptionf(code int, format string, a ...any) error {
	return &exception{code, fmt.Sprintf(format, a...)}
}

var codeNames = map[int]string{
	codeBadArguments: "BAD_ARGUMENTS", codeNotImplemented: "NOT_IMPLEMENTED", codeSyntax: "SYNTAX_ERROR",
	codeReadonly: "READONLY", codeTooMany: "TOO_MANY_SIMULTANEOUS_QUERIES", codeNetwork: "NETWORK_ERROR",
	codeSessionNotFound: "SESSION_NOT_FOUND", codeSessionLocked: "SESSION_IS_LOCKED", codeTooLarge: "TOO_MANY_BYTES",
	codeAccess: "ACCESS_DENIED", codeAuthentication: "AUTHENTICATION_FAILED",
}

var codePattern = regexp.MustCompile(`^Code: (\d+)\.`)

// describe turns any error into the text, code and HTTP status that a client gets.
func describe(err error) (text string, code, status int) {
	var own *exception
	var engines *engineError
	switch {
	case errors.As(err, &own):
		text, code = own.Error(), own.code
	case errors.As(err, &engines):
		text, code = engines.text, 1002
		if m := codePattern.FindStringSubmatch(text); m != nil {
			code, _ = strconv.Atoi(m[1])
		} else {
			text = "Code: 1002. DB::Exception: " + text + " (UNKNOWN_EXCEPTION)"
		}
	default:
		code = codeNetwork
		text = exceptionf(code, "%v", err).Error()
		return text, code, http.StatusBadRequest
	}
	return text, code, statusOf(code)
}

// statusOf is the HTTP status that a ClickHouse server gives an exception.
func statusOf(code int) int {
	switch code {
	case 192, 193, codeAuthentication, codeAccess, codeReadonly:
		return http.StatusForbidden
	case 6, 26, 27, 36, 38, 41, 42, 43, 53, 57, 62, 69, 70, 72, 80, 117, 130, 131, 158, 349, 386, 395, 396, 456, 457:
		return http.StatusBadRequest
	case 8, 10, 16, 46, 47, 50, 56, 60, 63, 73, 81, 115, codeSessionNotFound:
		return http.StatusNotFound
	case 159, 160:
		return http.StatusRequestTimeout
	case codeTooLarge:
		return http.StatusRequestEntityTooLarge
	case codeNotImplemented:
		return http.StatusNotImplemented
	case codeTooMany, 241:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
