package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

// BenchmarkPages prints for each page how long the server takes for it over the items that make bench-queries generated: the 95th of a
// hundred of twenty requests, each with no answer kept (cold), and again with them kept (warm). WORKMIX_BENCH_ENGINE names that engine's
// folder; without it the newest one is taken. It measures and judges nothing.
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
		Listen: "127.0.0.1:8080", Version: "bench", Local: User{Name: "ana", Role: Admin},
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
			cold, warm := make([]time.Duration, 20), make([]time.Duration, 20)
			failed := 0
			for i := range cold {
				path := p
				if path == "/items/ITEM" {
					path = "/items/" + items[i][0]
				}
				s.memory.clear()
				for _, to := range []*time.Duration{&cold[i], &warm[i]} {
					r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
					r.Host = "127.0.0.1:8080"
					w := httptest.NewRecorder()
					start := time.Now()
					h.ServeHTTP(w, r)
					*to = time.Since(start)
					if w.Code != http.StatusOK {
						failed++
					}
				}
			}
			slices.Sort(cold)
			slices.Sort(warm)
			fmt.Printf("%-42s cold %6.0f ms (half %6.0f) warm %6.1f ms, %d failed\n", p, ms(cold[18]), ms(cold[9]), ms(warm[18]), failed)
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
