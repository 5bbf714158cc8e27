// Package web serves the dashboard and its API. It reads the warehouse through ports, by the catalogue's
// questions and by SQL of an account that may only read, and writes nothing but the items that a program hands over to the
// API and the words of people on items, through ports as well.
package web

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

const (
	maxRows   = 1000 // how many rows of a result a page shows
	chartRows = 2500 // how many where a chart draws them: weeks times quadrants of nine years
)

// patience is how long a page waits for one answer of the warehouse.
const patience = 30 * time.Second

// Options says where the answers come from.
type Options struct {
	// Run runs a question with bound parameters and hands the rows to do.
	Run func(ctx context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error
	// SQL runs a statement of a user's as an account that may only read. Its error is a [*BadQuestion] where the statement
	// is at fault.
	SQL func(ctx context.Context, sql string, params map[string]string, do func(report.Rows) error) error
	// Parquet writes a statement's rows as a Parquet file, under the same account and with the same errors; nil: none are
	// offered.
	Parquet func(ctx context.Context, w io.Writer, sql string, params map[string]string) error
	// PeopleSQL and PeopleParquet are the same as an account that may also read whose the pseudonyms are, for users who may see
	// names; nil: nobody reads them here.
	PeopleSQL     func(ctx context.Context, sql string, params map[string]string, do func(report.Rows) error) error
	PeopleParquet func(ctx context.Context, w io.Writer, sql string, params map[string]string) error
	// Lag returns how many records wait for each stage; nil: this is not known here.
	Lag func(ctx context.Context) (map[string]int64, error)
	// Budgets returns what the trackers still allow, source by source; nil: this process asks no tracker.
	Budgets func() []Budget
	// Notice is what stands above every page, such as that an import is running; empty: nothing. Nil: nothing ever.
	Notice func() string
	// Listen is the address that is served; it decides which Host a request may name.
	Listen string
	// Hosts are further names under which it may be asked for, such as a proxy's.
	Hosts []string
	// Users are those who may ask, and OIDC is who vouches for more of them. Without both nobody logs in.
	Users []User
	OIDC  *OIDC
	// Local is who asks where nobody logs in. Without a role: an analyst.
	Local User
	// Import takes the items that programs hand over; nil: none are taken.
	Import *Import
	// Override publishes a person's word on an item, if the person may decide on what belongs to the item's team; nil: none
	// are taken. Its error is a [*BadQuestion] where the word is at fault, and [*NotAllowed]: nothing was published then.
	Override func(ctx context.Context, o decisions.Override, may func(team string) bool) (*Overridden, error)
	// Retry gives records that failed to their stage again, by whom and why, and says how many; nil: this process cannot. Its
	// error is a [*BadQuestion] where there are none.
	Retry func(ctx context.Context, f Failure, who, why string) (int, error)
	// Rules judges items and changes which rules count; nil: this process cannot.
	Rules *Rules
	// Retros makes retrospectives and keeps what is said of them; nil: this process cannot.
	Retros *Retros
	// Apply publishes decisions; nil: this process cannot.
	Apply Apply
	// Version is the program's.
	Version string
}

// BadQuestion is an error that the asker's statement or parameters caused, not the server.
type BadQuestion struct{ Err error }

// Error implements error.
func (e *BadQuestion) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *BadQuestion) Unwrap() error { return e.Err }

// NotAllowed is an error that the asker's role or teams caused.
type NotAllowed struct{ Err error }

// Error implements error.
func (e *NotAllowed) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NotAllowed) Unwrap() error { return e.Err }

type server struct {
	o       Options
	catalog []queries.Question
	views   []queries.View
	assets  *assets
	pages   *pages
	api     []route
	memory  memory
	running chan struct{} // a place for each statement of users that may run at once
	login   *login        // nil: nobody logs in

	statements, trials *pace // of SQL; of rules and decisions
}

// statements of users that may run at once.
const statements = 4

// New returns the handler of the pages and of the API below /api/v1.
func New(o Options) (http.Handler, error) {
	s, err := newServer(o)
	if err != nil {
		return nil, err
	}
	return s.handler(), nil
}

func newServer(o Options) (*server, error) {
	s := &server{
		o: o, running: make(chan struct{}, statements),
		statements: &pace{what: "statements", most: statementsAtMost, within: time.Minute},
		trials:     &pace{what: "decisions or rules to try", most: trialsAtMost, within: time.Minute},
	}
	var err error
	if s.catalog, err = queries.Catalog(); err != nil {
		return nil, err
	}
	if s.views, err = queries.Describe(); err != nil {
		return nil, err
	}
	if s.assets, err = readAssets(); err != nil {
		return nil, err
	}
	if s.pages, err = readPages(s.assets); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", hurried(s.overview))
	mux.HandleFunc("GET /headline", s.headline)
	mux.HandleFunc("GET /items", hurried(s.items))
	mux.HandleFunc("GET /items/{item...}", hurried(s.item))
	mux.HandleFunc("POST /overrides", s.need(Editor, s.override))
	mux.HandleFunc("GET /pipeline", hurried(s.pipeline))
	mux.HandleFunc("POST /pipeline/retry", s.need(Admin, s.retry))
	mux.HandleFunc("GET /questions", s.questions)
	mux.HandleFunc("GET /questions/{name}", hurried(s.answer))
	mux.HandleFunc("GET /allocation", hurried(s.allocation))
	mux.HandleFunc("GET /retrospective", s.retrospective)
	mux.HandleFunc("GET /retrospective/document", s.retroDocument)
	mux.HandleFunc("POST /retrospective/note", s.need(Editor, s.retroNote))
	mux.HandleFunc("POST /retrospective/publish", s.need(Editor, s.retroPublish))
	mux.HandleFunc("GET /plan", hurried(s.plan))
	mux.HandleFunc("POST /plan", s.need(Editor, s.paced(s.trials, s.decide)))
	mux.HandleFunc("GET /teams", hurried(s.teams))
	mux.HandleFunc("GET /teams/{team}", hurried(s.team))
	mux.HandleFunc("GET /rules", hurried(s.rules))
	mux.HandleFunc("POST /rules/try", s.need(Analyst, s.paced(s.trials, s.tryRules)))
	mux.HandleFunc("POST /rules/promote", s.need(Admin, s.promote))
	mux.HandleFunc("GET /sql", s.need(Analyst, s.paced(s.statements, s.console)))
	mux.HandleFunc("GET /sql/export", s.need(Analyst, s.paced(s.statements, s.export)))
	mux.Handle("GET /assets/", s.assets)
	mux.HandleFunc("/", s.notFound)
	s.api = s.routes()
	for _, r := range s.api {
		if r.do != nil {
			do := r.do
			if r.pace != nil {
				do = s.paced(r.pace, do)
			}
			mux.HandleFunc(r.method+" /api/v1"+r.path, s.need(max(r.role, Viewer), do))
		}
	}
	mux.HandleFunc("/api/", apiNotFound)
	h := compressed(mux)
	if len(s.o.Users) > 0 || s.o.OIDC != nil {
		h = s.logins().guard(h)
	} else {
		h = s.local(h)
	}
	return s.protect(s.importing(h))
}

// logins is the login of this server.
func (s *server) logins() *login {
	s.login = newLogin(s, s.o.Users)
	s.login.tickets = newTickets(s.o.Users, s.o.OIDC)
	if s.o.OIDC != nil {
		s.login.oidc = &provider{o: *s.o.OIDC, login: s.login}
	}
	return s.login
}

// local lets everybody in as the one who runs this program.
func (s *server) local(h http.Handler) http.Handler {
	u := s.o.Local
	if u.Role == Nobody {
		u = User{Name: "local", Role: Analyst}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, withUser(r, &u)) })
}

// question finds a question of the catalogue.
func (s *server) question(name string) *queries.Question {
	for i := range s.catalog {
		if s.catalog[i].Name == name {
			return &s.catalog[i]
		}
	}
	return nil
}
