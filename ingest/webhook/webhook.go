package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/workmix/workmix/ingest"
)

const (
	// maxBody is GitHub's own limit of a delivery.
	maxBody = 25 << 20
	// writeWithin bounds a write to the log: trackers wait ten seconds for the answer.
	writeWithin = 8 * time.Second
	// retryAfter is what a sender is told when there is too much at once, in seconds.
	retryAfter = "10"
)

// Source is a tracker that may deliver.
type Source struct {
	Name    string
	Tracker string // "github" or "jira"
	Secret  []byte // empty: it accepts no deliveries
}

// Options of a receiver. Sources and Log are needed; the zero value of the rest serves.
type Options struct {
	Sources []Source
	Log     ingest.Log
	Now     func() time.Time // nil: time.Now
	Logger  *slog.Logger     // nil: nothing is logged
	// InFlight is how many deliveries are taken in at once, and Bytes how many bytes of theirs; what comes beyond is
	// answered with 503. 0: 4,096, and 64 MiB.
	InFlight int
	Bytes    int64
}

// Stats counts what became of deliveries.
type Stats struct {
	Stored     int64 // in the log, and answered so
	Known      int64 // delivered again shortly after, and in the log already
	Refused    int64 // unknown source, wrong signature, too large, not readable
	Overloaded int64 // more at once than fits
	Failed     int64 // the log did not acknowledge
}

// Handler is the receiver: it answers POST /webhooks/{source} and nothing else.
type Handler struct {
	o       Options
	sources map[string]Source
	slots   chan struct{}
	bytes   atomic.Int64
	recent  *recent
	quiet   atomic.Int64 // until when refusals are not logged, in nanoseconds since 1970

	stored, known, refused, overloaded, failed atomic.Int64
}

// New returns a receiver.
func New(o Options) *Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.InFlight <= 0 {
		o.InFlight = 4096
	}
	if o.Bytes <= 0 {
		o.Bytes = 64 << 20
	}
	h := &Handler{o: o, sources: map[string]Source{}, slots: make(chan struct{}, o.InFlight), recent: newRecent(8192)}
	for _, s := range o.Sources {
		h.sources[s.Name] = s
	}
	return h
}

// Stats says what was done so far.
func (h *Handler) Stats() Stats {
	return Stats{h.stored.Load(), h.known.Load(), h.refused.Load(), h.overloaded.Load(), h.failed.Load()}
}

// answer is an error with the status that the sender gets. Its text must hold nothing of a secret or a body.
type answer struct {
	status int
	text   string
}

func (a *answer) Error() string { return a.text }

func refuse(status int, format string, a ...any) error {
	return &answer{status, fmt.Sprintf(format, a...)}
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	name, ok := strings.CutPrefix(r.URL.Path, "/webhooks/")
	if !ok || name == "" || strings.Contains(name, "/") {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintln(w, "deliveries go to /webhooks/ and the name of a source")
		return
	}
	status, text, err := h.take(r, name)
	var a *answer
	switch {
	case err == nil:
		w.WriteHeader(status)
		fmt.Fprintln(w, text)
		return
	case !errors.As(err, &a):
		h.failed.Add(1)
		a = &answer{http.StatusServiceUnavailable, "the log did not take the delivery: deliver it again"}
		h.o.Logger.Error("a delivery is not in the log; the next poll will find what it tells", "source", name, "error", err)
	case a.status == http.StatusServiceUnavailable:
		h.overloaded.Add(1)
		h.complain(name, a)
	default:
		h.refused.Add(1)
		h.complain(name, a)
	}
	if a.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	if a.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	w.WriteHeader(a.status)
	fmt.Fprintln(w, a.text)
}

// complain logs a refusal, one a second at most: whoever faces the internet is refused a lot.
func (h *Handler) complain(name string, a *answer) {
	now := time.Now().UnixNano()
	until := h.quiet.Load()
	if now < until || !h.quiet.CompareAndSwap(until, now+int64(time.Second)) {
		return
	}
	if _, ok := h.sources[name]; !ok {
		name = "(unknown)"
	}
	h.o.Logger.Warn("a delivery was not taken", "source", name, "status", a.status, "because", a.text)
}

// take checks a delivery and puts it into the log.
func (h *Handler) take(r *http.Request, name string) (status int, text string, err error) {
	s, ok := h.sources[name]
	switch {
	case !ok || len(s.Secret) == 0: // the two are not told apart for strangers
		return 0, "", refuse(http.StatusNotFound, "no source of this name accepts deliveries: give it webhook_secret_env in workmix.yaml")
	case r.Method != http.MethodPost:
		return 0, "", refuse(http.StatusMethodNotAllowed, "a delivery is a POST")
	case r.ContentLength < 0:
		return 0, "", refuse(http.StatusLengthRequired, "a delivery must say its Content-Length")
	case r.ContentLength > maxBody:
		return 0, "", refuse(http.StatusRequestEntityTooLarge, "a delivery has at most 25 MiB")
	}
	mac, err := signature(s.Tracker, r.Header)
	if err != nil {
		return 0, "", err
	}
	if !h.enter(r.ContentLength) {
		return 0, "", refuse(http.StatusServiceUnavailable, "too many deliveries at once: deliver it again later")
	}
	defer h.leave(r.ContentLength)
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		return 0, "", refuse(http.StatusBadRequest, "the body is shorter than its Content-Length")
	}
	if !signed(s.Secret, body, mac) {
		return 0, "", refuse(http.StatusUnauthorized, "the signature is not that of this body: source and sender must have the same secret")
	}
	d, due, err := read(s, r.Header, body)
	if err != nil {
		return 0, "", err
	}
	sum := digest(s.Name, d.Event, body)
	if h.recent.has(sum) {
		h.known.Add(1)
		return http.StatusOK, "in the log already", nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), writeWithin)
	defer cancel()
	if err := h.store(ctx, d, due); err != nil {
		return 0, "", err
	}
	h.recent.add(sum)
	h.stored.Add(1)
	return http.StatusAccepted, "in the log", nil
}

// enter reserves room for a delivery, or says that there is none.
func (h *Handler) enter(size int64) bool {
	select {
	case h.slots <- struct{}{}:
	default:
		return false
	}
	if h.bytes.Add(size) > h.o.Bytes {
		h.leave(size)
		return false
	}
	return true
}

func (h *Handler) leave(size int64) {
	h.bytes.Add(-size)
	<-h.slots
}
