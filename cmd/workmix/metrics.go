package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"github.com/workmix/workmix/internal/event"
)

// collector reads what this process and its stack do, at the moment of a scrape.
type collector struct{ a *admin }

// The metrics; docs/operate.md lists what to watch.
var (
	descLag = prometheus.NewDesc("workmix_lag_records", "Records of the log that a stage has not committed yet.", []string{"stage"}, nil)
	descIn  = prometheus.NewDesc("workmix_stage_records_total", "Records that a stage of this process has committed.", []string{"stage"}, nil)
	descOut = prometheus.NewDesc("workmix_stage_written_total", "Records that a stage of this process has written.", []string{"stage"}, nil)

	descDead     = prometheus.NewDesc("workmix_stage_dead_letters_total", "Dead letters that a stage of this process has written.", []string{"stage"}, nil)
	descRetries  = prometheus.NewDesc("workmix_stage_retries_total", "Failed attempts of a stage to read, write, store or commit.", []string{"stage"}, nil)
	descFailing  = prometheus.NewDesc("workmix_stage_failing", "1 while the last attempt of a stage failed.", []string{"stage"}, nil)
	descRows     = prometheus.NewDesc("workmix_sink_rows_total", "Rows that the sink of this process has stored.", []string{"table"}, nil)
	descLetters  = prometheus.NewDesc("workmix_dead_letters", "Records in the dead-letter topic.", nil, nil)
	descFresh    = prometheus.NewDesc("workmix_source_last_success_seconds", "When a run over a project last ended well, in seconds since 1970.", []string{"source", "project"}, nil)
	descFailures = prometheus.NewDesc("workmix_source_failures", "Items that could not be read and are kept for the next run.", []string{"source"}, nil)
	descRequests = prometheus.NewDesc("workmix_source_requests_total", "Requests to a tracker that were answered.", []string{"source"}, nil)
	descBudget   = prometheus.NewDesc("workmix_source_rate_remaining", "Requests that the tracker still allows in this window.", []string{"source"}, nil)
	descHeld     = prometheus.NewDesc("workmix_source_held", "1 while the tracker has told us to wait.", []string{"source"}, nil)
	descDue      = prometheus.NewDesc("workmix_source_due", "Items that webhooks say have changed and that are not read yet.", []string{"source"}, nil)
	descHooks    = prometheus.NewDesc("workmix_deliveries_total", "Deliveries of webhooks, by what became of them: stored, known, refused, overloaded or failed.", []string{"outcome"}, nil)
	descDisk     = prometheus.NewDesc("workmix_disk_free_bytes", "Free bytes where the data directory lies.", nil, nil)
	descUp       = prometheus.NewDesc("workmix_up", "1 if log or warehouse answers.", []string{"part"}, nil)
)

// Describe implements prometheus.Collector: the collector is unchecked, as labels depend on what runs here.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	letters, err := c.a.s.log.Offsets(ctx, event.TopicDeadLetter)
	gauge(descUp, truth(err == nil), "kafka")
	gauge(descUp, truth(c.a.s.db.Ping(ctx) == nil), "clickhouse")
	if err == nil {
		var n int64
		for _, r := range letters {
			n += r.Next - r.First
		}
		gauge(descLetters, float64(n))
	}
	c.stages(ctx, gauge, counter)
	c.sources(gauge, counter)
	var fs unix.Statfs_t
	if unix.Statfs(c.a.s.dataDir, &fs) == nil {
		gauge(descDisk, float64(fs.Bavail)*float64(fs.Bsize))
	}
}

func (c *collector) stages(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string), counter func(*prometheus.Desc, int64, ...string)) {
	p := c.a.p
	if p == nil {
		return
	}
	if lags, err := p.lag(ctx); err == nil {
		for stage, n := range lags {
			gauge(descLag, float64(n), stage)
		}
	}
	for stage, st := range p.stats {
		s := st.Snapshot()
		counter(descIn, s.In, stage)
		counter(descOut, s.Out, stage)
		counter(descDead, s.DeadLetters, stage)
		counter(descRetries, s.Retries, stage)
		gauge(descFailing, truth(s.Failing), stage)
	}
	for table, n := range p.sink.Stats().Rows {
		counter(descRows, n, table)
	}
}

func (c *collector) sources(gauge func(*prometheus.Desc, float64, ...string), counter func(*prometheus.Desc, int64, ...string)) {
	c.a.mu.Lock()
	sources, state, hooks := c.a.sources, c.a.state, c.a.hooks
	c.a.mu.Unlock()
	if hooks != nil {
		s := hooks.Stats()
		for outcome, n := range map[string]int64{"stored": s.Stored, "known": s.Known, "refused": s.Refused, "overloaded": s.Overloaded, "failed": s.Failed} {
			counter(descHooks, n, outcome)
		}
	}
	for _, src := range sources {
		u := src.Usage()
		counter(descRequests, u.Requests, src.Name())
		if u.Limit > 0 {
			gauge(descBudget, float64(u.Remaining), src.Name())
		}
		gauge(descHeld, truth(u.HeldUntil.After(time.Now())), src.Name())
		gauge(descDue, float64(state.Due(src.Name())), src.Name())
		gauge(descFailures, float64(len(state.Failures(src.Name(), ""))), src.Name())
		for project, at := range state.LastSuccess(src.Name()) {
			gauge(descFresh, float64(at.Unix()), src.Name(), project)
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
