package stack

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// anyPort is the address of a server that needs no particular port.
const anyPort = "127.0.0.1:0"

// ports are the addresses on which the embedded servers listened the last time; empty: none is known.
type ports struct {
	Broker string `json:"broker,omitempty"`
	Engine string `json:"engine,omitempty"`
}

// ports reads the addresses of the last time. They are only a wish: what cannot be read is nothing.
func (d *dataDir) ports() ports {
	var p ports
	if b, err := os.ReadFile(d.file("ports.json")); err == nil {
		_ = json.Unmarshal(b, &p)
	}
	for _, a := range []*string{&p.Broker, &p.Engine} {
		if host, _, err := net.SplitHostPort(*a); err != nil || net.ParseIP(host) == nil || !net.ParseIP(host).IsLoopback() {
			*a = ""
		}
	}
	return p
}

// rememberPorts keeps the addresses for the next time, leaving those that are empty as they were.
func (d *dataDir) rememberPorts(p ports) {
	old := d.ports()
	if p.Broker == "" {
		p.Broker = old.Broker
	}
	if p.Engine == "" {
		p.Engine = old.Engine
	}
	if p != old {
		_ = d.writeJSON("ports.json", p) // without it the next start takes other ports
	}
}

// free says whether an address can be listened on at this moment.
func free(ctx context.Context, address string) bool {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// portTaken is the error of an address on which another program listens; it names the program if it can.
func portTaken(listen string) error {
	who := "another program"
	if _, text, err := net.SplitHostPort(listen); err == nil {
		if port, err := strconv.Atoi(text); err == nil {
			if h := holder(port); h != "" {
				who = h
			}
		}
	}
	return fmt.Errorf("%s listens on %s already: stop it, or set embedded.clickhouse_listen in workmix.yaml to another port", who, listen)
}

// holder names the process that listens on a TCP port of this machine: its name and id. It is empty where the
// system does not tell, or tells only the process's owner.
func holder(port int) string {
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		for s := bufio.NewScanner(f); s.Scan(); {
			// sl local_address rem_address st ... inode is the tenth; 0A is listening
			c := strings.Fields(s.Text())
			if len(c) > 9 && c[3] == "0A" && strings.HasSuffix(c[1], fmt.Sprintf(":%04X", port)) {
				inodes["socket:["+c[9]+"]"] = true
			}
		}
		f.Close()
	}
	if len(inodes) == 0 {
		return ""
	}
	fds, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && inodes[target] {
			dir := filepath.Dir(filepath.Dir(fd))
			name, err := os.ReadFile(filepath.Join(dir, "comm"))
			if err == nil {
				return fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), filepath.Base(dir))
			}
		}
	}
	return ""
}
