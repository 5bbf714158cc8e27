package clickhouse

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Locate finds libchdb: where WORKMIX_LIBCHDB says, beside the program, in node_modules of the working
// directory, the program's or any folder above them, or in the system's library folders.
func Locate() (string, error) {
	name, npm := "libchdb.so", map[string]string{
		"linux/amd64": "lib-linux-x64-gnu", "linux/arm64": "lib-linux-arm64-gnu",
		"darwin/arm64": "lib-darwin-arm64", "darwin/amd64": "lib-darwin-x64",
	}[runtime.GOOS+"/"+runtime.GOARCH]
	if named := os.Getenv("WORKMIX_LIBCHDB"); named != "" {
		if _, err := os.Stat(named); err != nil {
			return "", fmt.Errorf("the ClickHouse engine: WORKMIX_LIBCHDB names %s, which cannot be read: %w", named, err)
		}
		return named, nil
	}
	var candidates []string
	if exe, err := os.Executable(); err == nil {
		dir := filepath.Dir(exe)
		candidates = append(candidates, filepath.Join(dir, name), filepath.Join(dir, "..", "lib", name))
		candidates = append(candidates, above(dir, npm, name)...)
	}
	if wd, err := os.Getwd(); err == nil {
		candidates = append(candidates, above(wd, npm, name)...)
	}
	candidates = append(candidates, filepath.Join("/usr/local/lib", name), filepath.Join("/usr/lib", name))
	for _, c := range candidates {
		if st, err := os.Stat(c); err == nil && st.Mode().IsRegular() {
			return c, nil
		}
	}
	return "", fmt.Errorf("the ClickHouse engine %s is not installed: run make engine in the project (it fetches npm package @chdb/%s), "+
		"or install it with chDB's own installer (curl -sL https://lib.chdb.io | bash), or name a file in WORKMIX_LIBCHDB, "+
		"or name a ClickHouse server under clickhouse.url in workmix.yaml", name, npm)
}

// above lists where npm would have put the library in a folder and each one above it.
func above(dir, npm, name string) []string {
	var out []string
	for {
		out = append(out, filepath.Join(dir, "node_modules", "@chdb", npm, name))
		up := filepath.Dir(dir)
		if up == dir {
			return out
		}
		dir = up
	}
}
