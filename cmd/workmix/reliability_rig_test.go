//go:build reliability && linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// rig is one data directory and the processes of workmix that work on it.
type rig struct {
	t      *testing.T
	bin    string
	dir    string
	config string
	mu     *sync.Mutex // guards procs
	procs  map[string]*proc
}

// proc is one running workmix; what it writes goes to a file.
type proc struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// The commands of the roles. The holder runs broker and engine for the others and does nothing else.
var roles = map[string][]string{
	"holder":    {"serve"},
	"ingest":    {"ingest"},
	"normalize": {"process", "normalize"},
	"classify":  {"process", "classify"},
	"sink":      {"process", "sink"},
}

var building struct {
	once sync.Once
	bin  string
	err  error
}

// binary builds workmix once.
func binary(t *testing.T) string {
	t.Helper()
	building.once.Do(func() {
		building.bin, building.err = filepath.Abs(filepath.Join("..", "..", "bin", "workmix"))
		if building.err == nil {
			var out []byte
			if out, building.err = exec.Command("go", "build", "-o", building.bin, ".").CombinedOutput(); building.err != nil {
				building.err = fmt.Errorf("%w: %s", building.err, out)
			}
		}
	})
	if building.err != nil {
		t.Fatal(building.err)
	}
	return building.bin
}

// newRig makes a fresh data directory for trackers at loopback addresses, and starts its holder.
func newRig(t *testing.T, from *site, poll time.Duration) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, bin: binary(t), dir: filepath.Join(dir, "data"), config: filepath.Join(dir, "workmix.yaml"), mu: &sync.Mutex{}, procs: map[string]*proc{}}
	text := fmt.Sprintf(`sources:
  - {name: code, kind: github, base_url: %q, repositories: [bitcoin-core/gui]}
  - {name: tracker, kind: jira, base_url: %q, deployment: cloud, projects: [%s]}
schedule: {poll: %v, census: 1h}
serve: {listen: "127.0.0.1:0"}
admin: {listen: "127.0.0.1:0"}
`, from.github.url, from.jira.url, strings.Join(from.projects, ", "), poll)
	if err := os.WriteFile(r.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		engine := r.enginePID() // it ends by itself after its parent, and writes until then
		defer func() {
			for end := time.Now().Add(15 * time.Second); engine > 0 && syscall.Kill(engine, 0) == nil && time.Now().Before(end); {
				time.Sleep(50 * time.Millisecond)
			}
		}()
		for name, p := range r.procs {
			for _, line := range r.words(name, "joining again") { // a consumer came no further, and mended itself
				t.Logf("%s: %s", name, clean(line))
				r.keep(name)
			}
			if stacks() != "" && t.Failed() { // where does it hang?
				p.quit(name)
			}
			r.kill(name)
		}
		if t.Failed() {
			for name := range roles {
				if b, _ := os.ReadFile(r.logFile(name)); len(b) > 0 {
					t.Logf("%s said at the end:\n%s", name, b[max(0, len(b)-1000):])
				}
			}
		}
	})
	r.start("holder")
	r.watch()
	return r
}

func (r *rig) logFile(name string) string { return filepath.Join(filepath.Dir(r.dir), name+".log") }

func (r *rig) command(args ...string) *exec.Cmd {
	cmd := exec.Command(r.bin, append([]string{"--config", r.config, "--data", r.dir}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // nothing outlives the test
	return cmd
}

// start runs a role's process. Of the holder it waits until others can join.
func (r *rig) start(name string) {
	r.t.Helper()
	f, err := os.OpenFile(r.logFile(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	args := roles[name]
	if stacks() != "" {
		args = append([]string{"--verbose"}, args...)
	}
	p := &proc{cmd: r.command(args...), log: r.logFile(name), done: make(chan struct{})}
	p.cmd.Stderr, p.cmd.Stdout = f, f
	if err := p.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	r.mu.Lock()
	r.procs[name] = p
	r.mu.Unlock()
	if name != "holder" {
		return
	}
	running := filepath.Join(r.dir, "running.json")
	r.until(40*time.Second, "the holder announces itself", func() (bool, error) {
		b, err := os.ReadFile(running)
		return err == nil && strings.Contains(string(b), fmt.Sprintf(`"pid":%d,`, p.cmd.Process.Pid)), nil
	})
}

// kill ends a role's process with SIGKILL. It says whether it was running.
func (r *rig) kill(name string) bool {
	r.mu.Lock()
	p := r.procs[name]
	delete(r.procs, name)
	r.mu.Unlock()
	if p == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
	}
	_ = p.cmd.Process.Kill()
	<-p.done
	return true
}

// proc is a role's process as it was started last, or nil.
func (r *rig) proc(name string) *proc {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.procs[name]
}

// enginePID is the process of the engine: the holder's child. 0: there is none.
func (r *rig) enginePID() int {
	p := r.proc("holder")
	if p == nil {
		return 0
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range stats {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		// pid (name) state ppid …
		_, after, _ := strings.Cut(string(b), ") ")
		if c := strings.Fields(after); len(c) > 1 && c[1] == strconv.Itoa(p.cmd.Process.Pid) && c[0] != "Z" {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
			return pid
		}
	}
	return 0
}

// killEngine kills the engine's process and says whether there was one.
func (r *rig) killEngine() bool {
	pid := r.enginePID()
	return pid > 0 && syscall.Kill(pid, syscall.SIGKILL) == nil
}

// until asks every 100 ms until done, and fails the test after a time.
func (r *rig) until(within time.Duration, what string, done func() (bool, error)) {
	r.t.Helper()
	var err error
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var ok bool
		if ok, err = done(); ok {
			return
		}
	}
	r.t.Fatalf("%s: not within %v: %v", what, within, err)
}

// run runs a command to its end and returns what it wrote.
func (r *rig) run(within time.Duration, args ...string) (string, error) {
	cmd := r.command(args...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return "", err
	}
	timer := time.AfterFunc(within, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) }) // its goroutines say where it hangs
	defer timer.Stop()
	last := time.AfterFunc(within+10*time.Second, func() { _ = cmd.Process.Kill() })
	defer last.Stop()
	err := cmd.Wait()
	return out.String(), err
}

func (r *rig) must(within time.Duration, args ...string) string {
	r.t.Helper()
	out, err := r.run(within, args...)
	if err != nil {
		r.t.Fatalf("workmix %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// session joins the stack as a command does.
func (r *rig) session(ctx context.Context) (*session, error) {
	a := &app{configFile: r.config, dataDir: r.dir}
	if r.proc("holder") == nil {
		return nil, fmt.Errorf("there is no holder to join")
	}
	s, err := a.open(ctx, &cobra.Command{}, how{})
	if err == nil && !s.stack.Joined {
		s.close()
		return nil, fmt.Errorf("opened a stack of its own rather than joining the holder's")
	}
	return s, err
}

// with calls do with a session.
func (r *rig) with(do func(ctx context.Context, s *session)) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 7*time.Minute)
	defer cancel()
	s, err := r.session(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	defer s.close()
	do(ctx, s)
}

// idle waits until the log holds so many whole items and every processor has committed everything.
func (r *rig) idle(within time.Duration, items int) {
	r.t.Helper()
	r.with(func(ctx context.Context, s *session) {
		p, err := s.pipeline(stages...)
		if err != nil {
			r.t.Fatal(err)
		}
		r.until(within, fmt.Sprintf("%d items in the log and lag 0", items), func() (bool, error) {
			lags, err := p.lag(ctx)
			if err != nil {
				return false, err
			}
			if lags["normalize"]+lags["classify"]+lags["sink"] > 0 {
				return false, fmt.Errorf("lags %v", lags)
			}
			v, err := scalar(ctx, s.db, "SELECT uniqExact(item_id) FROM raw_records")
			if err != nil || fmt.Sprint(v) != strconv.Itoa(items) {
				return false, fmt.Errorf("%v items of %d, %w", v, items, err)
			}
			// Items are in the log as their lists tell them before they are read whole.
			v, err = scalar(ctx, s.db, "SELECT countIf(JSONExtractBool(value, 'partial')) FROM (SELECT value FROM progress WHERE kind = 'digest' ORDER BY recorded_at DESC LIMIT 1 BY source, name)")
			if err != nil || fmt.Sprint(v) != "0" {
				return false, fmt.Errorf("%v items are not whole, %w", v, err)
			}
			v, err = scalar(ctx, s.db, "SELECT countIf(promoted_at IS NOT NULL) FROM rulesets")
			return err == nil && fmt.Sprint(v) != "0", err
		})
	})
}

// words returns the lines of a role's log that hold a text.
func (r *rig) words(name, text string) []string {
	b, _ := os.ReadFile(r.logFile(name))
	lines := strings.Split(string(b), "\n")
	return slices.DeleteFunc(lines, func(l string) bool { return !strings.Contains(l, text) })
}
