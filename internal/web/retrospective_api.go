package web

import "net/http"

var (
	publishedSchema = schemaOf("quarter team revision published_at known_at reason program", object{
		"quarter": text, "team": object{"type": "string", "description": "Empty: the organisation"}, "revision": whole,
		"published_at": object{"type": "string", "format": "date-time"}, "known_at": text, "reason": text, "program": text,
	})
	differenceSchema = schemaOf("number published now because", object{"number": text, "published": text, "now": text, "because": listOf(text)})
	sayingSchema     = object{"type": "object", "additionalProperties": false, "properties": object{
		"quarter": text, "team": object{"type": "string", "description": "Absent: the organisation"}, "text": text,
		"owner": object{"type": "string", "description": "Who does it; makes an action of it"},
		"due":   object{"type": "string", "description": "The quarter by which the action is done"},
		"done":  object{"type": "string", "description": "Id of an action that is done, and nothing else"},
	}}
	publishSchema = schemaOf("quarter reason", object{
		"quarter": text, "team": text, "as_known_at": text, "reason": text,
		"again": object{"type": "boolean", "description": "Although it was published before"},
	})
	idSchema = schemaOf("id", object{"id": text})
)

// retroRoutes are those of the API about retrospectives.
func (s *server) retroRoutes() []route {
	which := []param{{"quarter", "query", "The quarter, such as 2026-Q3", true}, {"team", "query", "Id of a team; absent: the organisation", false}}
	return []route{
		{
			method: "GET", path: "/retrospective", summary: "The numbers of a quarter's retrospective: as of now, as known at a time, or as published",
			params: append(which, param{"as_known_at", "query", "What was learned until then counts", false}, param{"revision", "query", "Which publication, from 1", false}),
			answer: object{"type": "object"}, do: s.apiRetro,
		},
		{method: "GET", path: "/retrospective/published", summary: "The retrospectives that were published, the newest first", answer: listOf(publishedSchema), do: s.apiPublishedRetros},
		{
			method: "GET", path: "/retrospective/compare", summary: "The numbers of a published retrospective that are others now, and why",
			params: append(which, param{"revision", "query", "Which publication, from 1; absent: the newest", false}), answer: listOf(differenceSchema), do: s.apiCompareRetro,
		},
		{method: "POST", path: "/retrospective/notes", role: Editor, summary: "Comment on a quarter, note an action, or say that one is done", body: sayingSchema, answer: idSchema, do: s.apiSay},
		{method: "POST", path: "/retrospective/publish", role: Editor, summary: "Store a retrospective as it is now, to be served unchanged for ever", body: publishSchema, answer: idSchema, do: s.apiPublishRetro},
	}
}

func (s *server) apiRetro(w http.ResponseWriter, r *http.Request) {
	o, err := retroOf(r.URL.Query())
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	b, err := s.o.Retros.Render(r.Context(), o, "json")
	if err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b)
}

func (s *server) apiPublishedRetros(w http.ResponseWriter, r *http.Request) {
	all, err := s.o.Retros.Published(r.Context())
	if err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	if all == nil {
		all = []PublishedRetro{}
	}
	writeJSON(w, http.StatusOK, all)
}

func (s *server) apiCompareRetro(w http.ResponseWriter, r *http.Request) {
	o, err := retroOf(r.URL.Query())
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	all, err := s.o.Retros.Compare(r.Context(), o)
	if err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	if all == nil {
		all = []RetroDifference{}
	}
	writeJSON(w, http.StatusOK, all)
}

func (s *server) apiSay(w http.ResponseWriter, r *http.Request) {
	var say Saying
	if !readJSON(w, r, &say, `{"quarter": "2026-Q3", "team": "compute", "text": "fewer hand-made hosts", "owner": "compute", "due": "2026-Q4"}`) {
		return
	}
	id, err := s.o.Retros.Say(r.Context(), say, asker(r).Name, asker(r).Edits)
	if err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	s.memory.clear()
	writeJSON(w, http.StatusOK, object{"id": id})
}

func (s *server) apiPublishRetro(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Quarter string `json:"quarter"`
		Team    string `json:"team"`
		KnownAt string `json:"as_known_at"`
		Reason  string `json:"reason"`
		Again   bool   `json:"again"`
	}
	if !readJSON(w, r, &in, `{"quarter": "2026-Q3", "reason": "agreed on in the meeting"}`) {
		return
	}
	id, err := s.o.Retros.Publish(r.Context(), RetroOf{Quarter: in.Quarter, Team: in.Team, KnownAt: in.KnownAt}, asker(r).Name, in.Reason, in.Again, asker(r).Edits)
	if err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	writeJSON(w, http.StatusOK, object{"id": id})
}
