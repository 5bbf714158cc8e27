package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

// BenchmarkPages prints for each page how long the server takes for it over the items that make bench-queries generated: the 95th of a
// hundred of twenty requests, each with no answer kept: as a browser opens it (opened, with how many came whole), and waiting for all of it
// (cold); and again with the answers kept (warm). WORKMIX_BENCH_ONLY names the only pages that are asked for, with commas between. WORKMIX_BENCH_ENGINE names that engine's folder; without it the newest one is taken. With
// WORKMIX_BENCH_LISTEN, an address, the pages are then served there for ten minutes, for a look with a browser. It measures and judges nothing.
//
//	make bench-pages
func BenchmarkPages(b *testing.B) {
	dir := os.Getenv("WORKMIX_BENCH_ENGINE")
	if dir == "" {
		found, err := filepath.Glob(filepath.Join(os.TempDir(), "workmix-bench-queries-*", "engine"))
		if err != nil || len(found) == 0 {
			b.Skip("no items: make bench-queries generates them")
		}
		dir = slices.MaxFunc(found, func(a, c string) int { return modified(a).Compare(modified(c)) })
	}
	o := clickhousetest.Options(b, dir)
	engine, err := clickhouse.Start(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = engine.Close() })
	db, err := warehouse.Open(b.Context(), warehouse.Options{URL: engine.URL() + "/workmix", User: o.User, Password: o.Password})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	items, err := db.Texts(b.Context(), "SELECT item_id FROM item_rows LIMIT 20", nil)
	if err != nil || len(items) < 20 {
		b.Fatalf("%d items: %v", len(items), err)
	}
	s, err := newServer(Options{
		Listen: cmp.Or(os.Getenv("WORKMIX_BENCH_LISTEN"), "127.0.0.1:8080"), Version: "bench", Local: User{Name: "ana", Role: Admin},
		Run: func(ctx context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error {
			return rowsOf(ctx, db, q.SQL, bound, do)
		},
		Retros: (&shelf{}).port(),
		Rules:  (&playground{}).port(),
	})
	if err != nil {
		b.Fatal(err)
	}
	h := s.handler()
	pages := []string{
		"/", "/?team=t1", "/allocation", "/plan", "/teams", "/teams/t1", "/items", "/items?team=t1&state=open&sort=forced", "/items?text=777", "/items/ITEM",
		"/retrospective", "/rules", "/questions", "/questions/work_mix_by_week", "/sql", "/pipeline",
	}
	for b.Loop() {
		for _, p := range pages {
			if only := os.Getenv("WORKMIX_BENCH_ONLY"); only != "" && !slices.Contains(strings.Split(only, ","), p) {
				continue
			}
			opened, cold, warm := make([]time.Duration, 20), make([]time.Duration, 20), make([]time.Duration, 20)
			failed, whole := 0, 0
			for i := range cold {
				path := p
				if path == "/items/ITEM" {
					path = "/items/" + items[i][0]
				}
				for _, to := range []*time.Duration{&opened[i], &cold[i], &warm[i]} {
					if to != &warm[i] {
						s.settle(b)
						s.memory.clear()
					}
					r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
					r.Host = cmp.Or(os.Getenv("WORKMIX_BENCH_LISTEN"), "127.0.0.1:8080")
					if to == &opened[i] {
						r.Header.Set("Sec-Fetch-Dest", "document")
					}
					w := httptest.NewRecorder()
					start := time.Now()
					h.ServeHTTP(w, r)
					*to = time.Since(start)
					if w.Code != http.StatusOK {
						failed++
					}
					if to == &opened[i] && !strings.Contains(w.Body.String(), `id="late"`) {
						whole++
					}
				}
			}
			slices.Sort(opened)
			slices.Sort(cold)
			slices.Sort(warm)
			fmt.Printf("%-42s opened %4.0f ms (%2d of 20 whole) cold %6.0f ms (half %6.0f) warm %6.1f ms, %d failed\n", p, ms(opened[18]), whole, ms(cold[18]), ms(cold[9]), ms(warm[18]), failed)
		}
	}
	if address := os.Getenv("WORKMIX_BENCH_LISTEN"); address != "" {
		served := &http.Server{Addr: address, Handler: h, ReadHeaderTimeout: 10 * time.Second}
		time.AfterFunc(10*time.Minute, func() { _ = served.Close() })
		fmt.Printf("the pages are at http://%s for ten minutes\n", address)
		if err := served.ListenAndServe(); err != http.ErrServerClosed {
			b.Error(err)
		}
	}
}

// settle waits until nothing is being worked out any more, so that one request does not pay for another.
func (s *server) settle(b *testing.B) {
	s.memory.mu.Lock()
	var under []*kept
	for _, k := range s.memory.kept {
		under = append(under, k)
	}
	s.memory.mu.Unlock()
	for _, k := range under {
		select {
		case <-k.done:
		case <-b.Context().Done():
		}
	}
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
