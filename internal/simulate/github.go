package simulate

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// github is GitHub's REST API over a dataset.
type github struct {
	data *Dataset
	opt  Options
	rate *budget
	mux  *http.ServeMux

	tokens appTokens
	minute minute
}

// answer is what a route gives: a value to encode, bytes already encoded, or an error of the API.
type answer struct {
	status  int // 0 is 200
	value   any
	message string // of an error
	link    string
	header  map[string]string
}

func notFound() answer { return answer{status: http.StatusNotFound, message: "Not Found"} }

// NewGitHub is GitHub's REST API over a dataset, below "/" and, as on an Enterprise server, below "/api/v3/".
func NewGitHub(d *Dataset, o Options) http.Handler {
	g := &github{data: d, opt: o, rate: &budget{limit: o.RateLimit}, mux: http.NewServeMux()}
	for path, h := range map[string]func(*http.Request) answer{
		"/rate_limit":                        g.rateLimit,
		"/user":                              g.user,
		"/meta":                              func(*http.Request) answer { return answer{value: Object{"verifiable_password_authentication": false}} },
		"/orgs/{owner}/repos":                g.ownerRepos,
		"/users/{owner}/repos":               g.ownerRepos,
		"/user/repos":                        g.ownerRepos,
		"/orgs/{owner}/teams":                g.orgTeams,
		"/orgs/{owner}/teams/{team}/members": g.teamMembers,
		"/orgs/{owner}/teams/{team}/repos":   g.teamRepos,
		"/repos/{owner}/{repo}/contents/{path...}":     g.contents,
		"/repos/{owner}/{repo}":                        g.repository,
		"/repos/{owner}/{repo}/issues":                 g.issues,
		"/repos/{owner}/{repo}/issues/comments":        g.repoComments,
		"/repos/{owner}/{repo}/issues/events":          g.repoEvents,
		"/repos/{owner}/{repo}/issues/{number}":        g.item(g.issue),
		"/repos/{owner}/{repo}/issues/{number}/{what}": g.item(g.issueLists),
		"/repos/{owner}/{repo}/pulls":                  g.pulls,
		"/repos/{owner}/{repo}/pulls/comments":         g.repoReviewComments,
		"/repos/{owner}/{repo}/pulls/{number}":         g.item(g.pull),
		"/repos/{owner}/{repo}/pulls/{number}/{what}":  g.item(g.pullLists),
		"/repos/{owner}/{repo}/labels":                 g.labels,
		"/repos/{owner}/{repo}/milestones":             g.milestones,
	} {
		g.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			g.data.mu.RLock()
			a := h(r)
			g.data.mu.RUnlock()
			g.reply(w, r, a)
		})
	}
	for _, path := range []string{"POST /graphql", "POST /api/graphql"} {
		g.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			g.data.mu.RLock()
			a := g.graphql(r)
			g.data.mu.RUnlock()
			w.Header().Set("X-RateLimit-Resource", "graphql")
			g.reply(w, r, a)
		})
	}
	g.mux.HandleFunc("POST /app/installations/{installation}/access_tokens", func(w http.ResponseWriter, r *http.Request) {
		g.reply(w, r, g.accessTokens(r))
	})
	g.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { g.reply(w, r, notFound()) })
	return g
}

// ServeHTTP does what comes before any route: time, faults, authentication, the budget.
func (g *github) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := g.opt.now()
	g.opt.advance(g.data)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if w = faulty(w, r, &g.opt); w == nil {
		return
	}
	w.Header().Set("X-GitHub-Media-Type", "github.v3; format=json")
	if p, ok := strings.CutPrefix(r.URL.Path, "/api/v3/"); ok {
		r = r.Clone(r.Context())
		r.URL.Path = "/" + p
	}
	if !g.mayEnter(r, now) {
		g.reply(w, r, answer{status: http.StatusUnauthorized, message: "Bad credentials"})
		return
	}
	if g.opt.PerMinute > 0 && !g.minute.take(now, g.opt.PerMinute) {
		w.Header().Set("Retry-After", "60")
		g.reply(w, r, answer{status: http.StatusForbidden, message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."})
		return
	}
	free := r.URL.Path == "/rate_limit"
	if !free && !g.rate.take(now) {
		g.refuse(w, r, now)
		return
	}
	g.rateHeaders(w, now)
	g.mux.ServeHTTP(w, r)
}

// mayEnter says whether a request bears the token, or one of the App's; a request for such a one brings its own proof.
func (g *github) mayEnter(r *http.Request, now time.Time) bool {
	app := g.opt.App
	switch {
	case app == nil:
		return authorised(r, g.opt.Token)
	case strings.HasPrefix(r.URL.Path, "/app/"):
		return true
	case g.opt.Token != "" && authorised(r, g.opt.Token):
		return true
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return g.tokens.valid(token, now)
}

// refuse answers a request that is over the budget.
func (g *github) refuse(w http.ResponseWriter, r *http.Request, now time.Time) {
	g.rateHeaders(w, now)
	if g.opt.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(g.opt.RetryAfter.Seconds())))
	}
	status := http.StatusForbidden
	if g.opt.TooMany {
		status = http.StatusTooManyRequests
	}
	g.reply(w, r, answer{status: status, message: "API rate limit exceeded for user ID 1."})
}

func (g *github) rateHeaders(w http.ResponseWriter, now time.Time) {
	limit, used, reset := g.rate.state(now)
	for k, v := range map[string]int64{"Limit": int64(limit), "Remaining": int64(limit - used), "Used": int64(used), "Reset": reset.Unix()} {
		w.Header().Set("X-RateLimit-"+k, strconv.FormatInt(v, 10))
	}
	w.Header().Set("X-RateLimit-Resource", "core")
}

// reply sends an answer; one the client has already, by its ETag, is a 304 and costs nothing.
func (g *github) reply(w http.ResponseWriter, r *http.Request, a answer) {
	for k, v := range a.header {
		w.Header().Set(k, v)
	}
	if a.message != "" {
		write(w, r, a.status, encode(Object{
			"message": a.message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(a.status),
		}))
		return
	}
	if a.link != "" {
		w.Header().Set("Link", a.link)
	}
	body := encode(a.value)
	tag := etagOf(append([]byte(a.link), body...))
	w.Header().Set("ETag", tag)
	if match := r.Header.Get("If-None-Match"); match != "" && strings.Contains(match, strings.TrimPrefix(tag, "W/")) {
		g.rate.giveBack()
		g.rateHeaders(w, g.opt.now())
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	write(w, r, a.status, body)
}

func (g *github) rateLimit(*http.Request) answer {
	limit, used, reset := g.rate.state(g.opt.now())
	core := Object{"limit": limit, "remaining": limit - used, "used": used, "reset": reset.Unix()}
	return answer{value: Object{"resources": Object{"core": core}, "rate": core}}
}

func (g *github) user(*http.Request) answer {
	return answer{value: Object{"login": "workmix-reader", "id": 1, "type": "User", "site_admin": false}}
}

func (g *github) repo(r *http.Request) *repo {
	return g.data.repoOf(r.PathValue("owner") + "/" + r.PathValue("repo"))
}

// item finds the item a path names, answering 404, 410 or 301 where there is none any more.
func (g *github) item(h func(*http.Request, *githubItem) answer) func(*http.Request) answer {
	return func(r *http.Request) answer {
		rp := g.repo(r)
		n, err := strconv.Atoi(r.PathValue("number"))
		if rp == nil || err != nil || rp.items[n] == nil {
			return notFound()
		}
		it := rp.items[n]
		switch {
		case it.deleted:
			return answer{status: http.StatusGone, message: "This issue was deleted"}
		case it.movedTo != nil:
			to := "http://" + r.Host + "/repos/" + it.movedTo.repo.name + "/issues/" + strconv.Itoa(it.movedTo.number)
			return answer{status: http.StatusMovedPermanently, message: "Moved Permanently", header: map[string]string{"Location": to}}
		}
		return h(r, it)
	}
}

func (g *github) issue(_ *http.Request, it *githubItem) answer { return answer{value: it.issueRow()} }

func (g *github) pull(_ *http.Request, it *githubItem) answer {
	if it.pull == nil {
		return notFound()
	}
	return answer{value: it.pull}
}

func (g *github) issueLists(r *http.Request, it *githubItem) answer {
	switch r.PathValue("what") {
	case "timeline":
		return g.page(r, it.timeline)
	case "comments":
		return g.page(r, it.issueComments())
	case "events":
		return g.page(r, it.events())
	case "labels":
		return g.page(r, objects(it.issue["labels"]))
	}
	return notFound()
}

func (g *github) pullLists(r *http.Request, it *githubItem) answer {
	if it.pull == nil {
		return notFound()
	}
	switch r.PathValue("what") {
	case "reviews":
		return g.page(r, it.reviews())
	case "comments":
		return g.page(r, it.comments)
	case "commits":
		return g.page(r, it.commits(g.data))
	}
	return notFound()
}
