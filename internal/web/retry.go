package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// Failure is a kind of failure: records that a stage could not process. Source and Reason are * for any.
type Failure struct {
	Stage  string `json:"stage"`
	Source string `json:"source"`
	Reason string `json:"failure"`
}

// again gives failed records to their stage again.
func (s *server) again(r *http.Request, f Failure, why string) (int, error) {
	if strings.TrimSpace(why) == "" {
		return 0, &BadQuestion{errors.New("say why it shall work now: the reason is kept beside the retry")}
	}
	n, err := s.o.Retry(r.Context(), f, asker(r).Name, why)
	if err == nil {
		s.memory.clear()
	}
	return n, err
}

// retry takes a form of the page of the pipeline.
func (s *server) retry(w http.ResponseWriter, r *http.Request) {
	if s.o.Retry == nil {
		s.fail(w, r, http.StatusNotImplemented, errNoLog)
		return
	}
	n, err := s.again(r, Failure{r.PostFormValue("stage"), r.PostFormValue("source"), r.PostFormValue("failure")}, r.PostFormValue("reason"))
	if err != nil {
		s.fail(w, r, statusOf(err), err)
		return
	}
	http.Redirect(w, r, "/pipeline?again="+strconv.Itoa(n), http.StatusSeeOther)
}

func (s *server) apiRetry(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Failure
		Why string `json:"reason"`
	}{Failure: Failure{Source: "*", Reason: "*"}}
	if !readJSON(w, r, &in, `{"stage": "sink", "source": "*", "failure": "*", "reason": "the disk has room again"}`) {
		return
	}
	n, err := s.again(r, in.Failure, in.Why)
	if err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	writeJSON(w, http.StatusOK, object{"records": n})
}
