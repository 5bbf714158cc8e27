package clickhouse_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The official JavaScript client; the script says which check failed.
func TestJavaScriptClient(t *testing.T) {
	if testing.Short() {
		t.Skip("starts node")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	c := newClient(t)
	cmd := exec.CommandContext(t.Context(), node, filepath.Join("testdata", "client.mjs"))
	cmd.Env = append(os.Environ(), "CH_URL="+c.base, "CH_DATABASE="+c.database, "CH_USER="+c.user, "CH_PASSWORD="+c.password)
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "ERR_MODULE_NOT_FOUND") {
		t.Skip("npm's @clickhouse/client is not installed: make engine fetches it")
	}
	if err != nil || !strings.HasSuffix(string(out), "all checks passed\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
