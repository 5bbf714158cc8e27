package stack

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// formatVersion is the layout of the data directory that this program writes.
const formatVersion = 1

// dataDir is a data directory: the embedded broker's log, the engine's tables, secrets, and who is running.
//
//	version       the format's number
//	lock          held by the process that runs the embedded stack
//	users         held by every process that uses another one's stack
//	running.json  addresses and credentials of that stack, for other commands (0600)
//	ports.json    where the embedded servers listened the last time, to be used again (0600)
//	secrets.json  generated passwords (0600)
//	broker/       the log
//	clickhouse/   the tables, which can be rebuilt from the log
type dataDir struct {
	path  string
	lock  *os.File // nil while another process holds it
	users *os.File // nil unless this process uses, or ends, a stack
}

// openDataDir makes or opens a data directory and tries to take its lock.
func openDataDir(path string) (*dataDir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("data directory %s cannot be made: %w", path, err)
	}
	if err := oursOrEmpty(path); err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return nil, fmt.Errorf("data directory %s: %w", path, err)
	}
	d := &dataDir{path: path}
	f, err := os.OpenFile(d.file("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory %s: %w", path, err)
	}
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		f.Close()
		return d, nil
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("data directory %s cannot be locked: %w", path, err)
	}
	d.lock = f
	if err := d.checkVersion(); err != nil {
		d.close()
		return nil, err
	}
	d.retract()                // what a holder that was killed left
	os.Remove(d.file("users")) // those of its stack are none of ours
	return d, nil
}

// oursOrEmpty refuses a folder that holds something else, before anything in it is touched.
func oursOrEmpty(path string) error {
	if _, err := os.Stat(filepath.Join(path, "version")); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("data directory %s: %w", path, err)
	}
	for _, e := range entries {
		if e.Name() != "lock" && !strings.HasPrefix(e.Name(), "version") {
			return fmt.Errorf("%s is not a data directory of workmix and not empty (it holds %s): name another one with --data", path, e.Name())
		}
	}
	return nil
}

func (d *dataDir) file(name string) string { return filepath.Join(d.path, name) }

// owned reports whether this process holds the lock.
func (d *dataDir) owned() bool { return d.lock != nil }

func (d *dataDir) close() {
	d.release()
	if d.lock == nil {
		return
	}
	d.retract()
	d.lock.Close()
	d.lock = nil
}

// retract takes back the addresses for other commands.
func (d *dataDir) retract() { os.Remove(d.file("running.json")) }

// checkVersion refuses a directory of a newer program before anything in it is touched.
func (d *dataDir) checkVersion() error {
	b, err := os.ReadFile(d.file("version"))
	if errors.Is(err, fs.ErrNotExist) {
		return d.write("version", []byte(strconv.Itoa(formatVersion)+"\n"))
	}
	if err != nil {
		return err
	}
	v, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return fmt.Errorf("data directory %s: its file version holds %q, not a number: is it a workmix data directory?", d.path, strings.TrimSpace(string(b)))
	}
	if v > formatVersion {
		return fmt.Errorf("data directory %s has format %d and this program knows up to %d: use a newer workmix, or another directory with --data", d.path, v, formatVersion)
	}
	return nil
}

// secrets are the embedded engine's generated passwords.
type secrets struct {
	Password       string `json:"password"`
	ReaderPassword string `json:"reader_password"`
	PeoplePassword string `json:"people_password"`
}

// secrets reads the generated passwords, making them at first.
func (d *dataDir) secrets() (secrets, error) {
	var s secrets
	b, err := os.ReadFile(d.file("secrets.json"))
	if errors.Is(err, fs.ErrNotExist) {
		s = secrets{Password: rand.Text(), ReaderPassword: rand.Text(), PeoplePassword: rand.Text()}
		return s, d.writeJSON("secrets.json", s)
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil || s.Password == "" {
		return s, fmt.Errorf("%s does not hold the engine's passwords: remove it, and new ones are made", d.file("secrets.json"))
	}
	if s.PeoplePassword == "" { // of an earlier version
		s.PeoplePassword = rand.Text()
		return s, d.writeJSON("secrets.json", s)
	}
	return s, nil
}

// writeJSON writes a value into a file of the directory.
func (d *dataDir) writeJSON(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return d.write(name, b)
}

// write replaces a file of the directory at once, readable by its owner only.
func (d *dataDir) write(name string, b []byte) error {
	tmp := d.file(name + ".new")
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, d.file(name))
}

// use keeps the holder's stack from ending while this process uses it, until close; errStarting if it is ending.
func (d *dataDir) use() error { return d.lockUsers(unix.LOCK_SH) }

// unused reports whether no other process uses the stack, and then lets none begin.
func (d *dataDir) unused() bool { return d.lockUsers(unix.LOCK_EX) == nil }

func (d *dataDir) lockUsers(how int) error {
	f, err := os.OpenFile(d.file("users"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("data directory %s: %w", d.path, err)
	}
	if err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); err != nil {
		f.Close()
		return errStarting
	}
	d.users = f
	return nil
}

// release ends use.
func (d *dataDir) release() {
	if d.users != nil {
		d.users.Close()
		d.users = nil
	}
}

// runningFile is what running.json holds.
type runningFile struct {
	PID     int  `json:"pid"`               // of the holder
	Lasting bool `json:"lasting,omitempty"` // it runs until it is interrupted
	Addresses
}

// errStarting says that the holder has not told its addresses yet, or no longer.
var errStarting = errors.New("starting or stopping")

// announce tells other commands the addresses.
func (d *dataDir) announce(a Addresses, lasting bool) error {
	return d.writeJSON("running.json", runningFile{os.Getpid(), lasting, a})
}

// running reads the addresses that the lock's holder announced, errStarting if there are none.
func (d *dataDir) running() (*runningFile, error) {
	b, err := os.ReadFile(d.file("running.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errStarting
	}
	if err != nil {
		return nil, err
	}
	var r runningFile
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", d.file("running.json"), err)
	}
	if unix.Kill(r.PID, 0) == unix.ESRCH {
		return nil, errStarting // of a holder that was killed; the new one is about to remove it
	}
	return &r, nil
}

// Hold takes the lock of an existing data directory, so that its files rest, until release is called.
func Hold(path string) (release func(), err error) {
	if _, err := os.Stat(filepath.Join(path, "version")); err != nil {
		return nil, fmt.Errorf("%s is not a workmix data directory: name one with --data", path)
	}
	d, err := openDataDir(path)
	if err != nil {
		return nil, err
	}
	if !d.owned() {
		return nil, fmt.Errorf("data directory %s is in use: stop the workmix that runs on it first", path)
	}
	return d.close, nil
}
