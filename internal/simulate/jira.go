package simulate

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// jira is Jira's REST API over a dataset, of the Cloud or of a Data Center.
type jira struct {
	data *Dataset
	opt  Options
	rate *budget
	mux  *http.ServeMux
}

// NewJira is Jira's REST API over a dataset.
func NewJira(d *Dataset, o Options) http.Handler {
	j := &jira{data: d, opt: o, rate: &budget{limit: o.RateLimit}, mux: http.NewServeMux()}
	if j.opt.TimeZone == nil {
		j.opt.TimeZone = time.UTC
	}
	routes := map[string]func(*http.Request) answer{
		"GET /myself":                   j.myself,
		"GET /serverInfo":               j.serverInfo,
		"GET /field":                    j.field,
		"GET /status":                   j.distinct("status"),
		"GET /priority":                 j.distinct("priority"),
		"GET /issuetype":                j.distinct("issuetype"),
		"GET /resolution":               j.distinct("resolution"),
		"GET /project":                  j.projects,
		"GET /project/{key}":            j.oneProject,
		"GET /project/{key}/components": j.projectComponents,
		"GET /issue/{issue}":            j.issue,
		"GET /issue/{issue}/comment":    j.comments,
		"GET /issue/{issue}/worklog":    j.worklog,
	}
	if o.DataCenter {
		routes["GET /search"] = j.searchByStart
		routes["POST /search"] = j.searchByStart
	} else {
		routes["GET /project/search"] = j.projectSearch
		routes["GET /search"] = goneSearch
		routes["POST /search"] = goneSearch
		routes["GET /search/jql"] = j.search
		routes["POST /search/jql"] = j.search
		routes["GET /issue/{issue}/changelog"] = j.changelog
		if !o.NoBulk {
			routes["POST /changelog/bulkfetch"] = j.bulk
		}
	}
	versions := []string{"2", "3"}
	if o.DataCenter {
		versions = versions[:1]
	}
	for pattern, h := range routes {
		method, path, _ := strings.Cut(pattern, " ")
		for _, v := range append(versions, "latest") {
			j.mux.HandleFunc(method+" /rest/api/"+v+path, func(w http.ResponseWriter, r *http.Request) {
				j.data.mu.RLock()
				a := h(r)
				j.data.mu.RUnlock()
				j.reply(w, r, a)
			})
		}
	}
	j.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		j.reply(w, r, answer{status: http.StatusNotFound, message: "null for uri: " + r.URL.Path})
	})
	return j
}

func goneSearch(*http.Request) answer {
	return answer{status: http.StatusGone, message: "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."}
}

func (j *jira) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := j.opt.now()
	j.opt.advance(j.data)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if w = faulty(w, r, &j.opt); w == nil {
		return
	}
	if !authorised(r, j.opt.Token) {
		w.Header().Set("WWW-Authenticate", `Basic realm="Jira"`)
		j.reply(w, r, answer{status: http.StatusUnauthorized, message: "Client must be authenticated to access this resource."})
		return
	}
	if r.Header.Get("Authorization") != "" { // both name who asks
		if j.opt.DataCenter {
			w.Header().Set("X-Ausername", "reader")
		} else {
			w.Header().Set("X-Aaccountid", "workmix-reader")
		}
	}
	taken := j.rate.take(now)
	if j.opt.RateLimit > 0 {
		limit, used, reset := j.rate.state(now)
		w.Header().Set("X-RateLimit-Limit", strconv.Itoa(limit))
		w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(limit-used))
		w.Header().Set("X-RateLimit-Reset", reset.UTC().Format(time.RFC3339))
		if wait := cmp.Or(j.opt.RetryAfter, reset.Sub(now)); !taken {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		}
	}
	if !taken {
		j.reply(w, r, answer{status: http.StatusTooManyRequests, message: "Rate limit exceeded."})
		return
	}
	j.mux.ServeHTTP(w, r)
}

func (j *jira) reply(w http.ResponseWriter, r *http.Request, a answer) {
	if a.message != "" {
		write(w, r, a.status, encode(Object{"errorMessages": []string{a.message}, "errors": Object{}}))
		return
	}
	write(w, r, http.StatusOK, encode(a.value))
}

func badRequest(message string) answer {
	return answer{status: http.StatusBadRequest, message: message}
}

func noIssue() answer {
	return answer{status: http.StatusNotFound, message: "Issue does not exist or you do not have permission to see it."}
}

// version 3 gives rich text as documents, version 2 as strings.
func rich(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/rest/api/3/") }

func site(r *http.Request) string { return "http://" + r.Host }

func (j *jira) myself(r *http.Request) answer {
	u := Object{
		"self": site(r) + "/rest/api/2/user?accountId=workmix-reader", "active": true, "displayName": "Reader",
		"timeZone": j.opt.TimeZone.String(), "locale": "en_GB", "emailAddress": "",
	}
	if j.opt.DataCenter {
		u["name"], u["key"] = "reader", "JIRAUSER1"
	} else {
		u["accountId"], u["accountType"] = "workmix-reader", "atlassian"
	}
	return answer{value: u}
}

func (j *jira) serverInfo(r *http.Request) answer {
	kind, version := "Cloud", "1001.0.0-SNAPSHOT"
	if j.opt.DataCenter {
		kind, version = "Server", "9.12.4"
	}
	return answer{value: Object{
		"baseUrl": site(r), "version": version, "deploymentType": kind, "serverTitle": "Jira",
		"serverTime": j.opt.now().In(j.opt.TimeZone).Format(jiraTime),
	}}
}

// customFields are the fields that the generated organisation uses beside Jira's own.
var customFields = map[string][3]string{
	"customfield_10014": {"Epic Link", "any", "com.pyxis.greenhopper.jira:gh-epic-link"},
	"customfield_10016": {"Story Points", "number", "com.atlassian.jira.plugin.system.customfieldtypes:float"},
	"customfield_10020": {"Sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint"},
}

func (j *jira) field(*http.Request) answer {
	names := map[string]bool{}
	for _, i := range j.data.issues {
		for k := range i.fields {
			names[k] = true
		}
	}
	maps.Copy(names, map[string]bool{"summary": true, "customfield_10014": true, "customfield_10016": true, "customfield_10020": true})
	out := []any{}
	for _, n := range slices.Sorted(maps.Keys(names)) {
		f := Object{"id": n, "key": n, "name": strings.ToUpper(n[:1]) + n[1:], "custom": false, "schema": Object{"system": n}}
		if c, ok := customFields[n]; ok {
			f["name"], f["custom"] = c[0], true
			id, _ := strconv.Atoi(strings.TrimPrefix(n, "customfield_"))
			f["schema"] = Object{"type": c[1], "custom": c[2], "customId": id}
		}
		out = append(out, f)
	}
	return answer{value: out}
}

// distinct gives the different values of a field over all issues, by id.
func (j *jira) distinct(name string) func(*http.Request) answer {
	return func(*http.Request) answer {
		seen := map[string]Object{}
		for _, i := range j.data.byID() {
			if o := object(i.fields[name]); o != nil {
				seen[text(o["id"])] = o
			}
		}
		if name == "status" && j.data.org != nil {
			for _, s := range j.data.statuses() {
				seen[text(s["id"])] = s
			}
		}
		out := []any{}
		for _, id := range slices.Sorted(maps.Keys(seen)) {
			out = append(out, seen[id])
		}
		return answer{value: out}
	}
}

func (j *jira) allProjects() []any {
	out := []any{}
	for _, k := range slices.Sorted(maps.Keys(j.data.project)) {
		out = append(out, j.data.project[k].object)
	}
	return out
}

func (j *jira) projects(*http.Request) answer { return answer{value: j.allProjects()} }

func (j *jira) oneProject(r *http.Request) answer {
	for _, p := range j.data.project {
		if k := r.PathValue("key"); strings.EqualFold(k, p.key) || k == p.id {
			o := maps.Clone(p.object)
			if t := j.led(p.key); t != nil {
				o["lead"] = t.members[0].jira()
			}
			return answer{value: o}
		}
	}
	return answer{status: http.StatusNotFound, message: "No project could be found with key '" + r.PathValue("key") + "'."}
}

func (j *jira) projectSearch(r *http.Request) answer {
	return answer{value: j.pageByStart(r, j.allProjects(), 50, "values")}
}

// pageByStart is a page of a list in Jira's older way, by startAt and maxResults.
func (j *jira) pageByStart(r *http.Request, all []any, most int, name string) Object {
	q := r.URL.Query()
	size := j.size(number(q.Get("maxResults"), most), most)
	from := min(max(number(q.Get("startAt"), 0), 0), len(all))
	to := min(from+size, len(all))
	o := Object{"self": site(r) + r.URL.RequestURI(), "startAt": from, "maxResults": size, "total": len(all), name: append([]any{}, all[from:to]...)}
	if name == "values" {
		o["isLast"] = to == len(all)
	}
	return o
}

// size is a page's size: what was asked for, within the greatest.
func (j *jira) size(asked, most int) int {
	if j.opt.PageCap > 0 {
		most = min(most, j.opt.PageCap)
	}
	if asked <= 0 {
		asked = most
	}
	return min(asked, most)
}
