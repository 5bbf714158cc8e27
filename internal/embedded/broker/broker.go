// Package broker runs a Kafka broker inside this process, on loopback, with its log in a folder. Clients reach
// it as they reach any Kafka: by address, user and password. Every acknowledged record is on disk.
package broker

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
)

// MaxMessageBytes is the largest batch the broker takes: a record of 16 MiB and its envelope.
const MaxMessageBytes = 18_000_000

const (
	user      = "workmix"
	mechanism = "SCRAM-SHA-512"
)

// Options says where the broker keeps its log and listens.
type Options struct {
	Dir    string // made if it is not there, mode 0700
	Listen string // host:port on loopback; port 0 takes a free one
}

// Broker is a running broker.
type Broker struct {
	cluster  *kfake.Cluster
	password string
	warnings []string
	sessions *sessions
}

// Start opens or makes the log in o.Dir and serves it. The caller holds a lock on the folder: two brokers on
// one log destroy it. From then on the files that this process makes are their owner's alone (umask 077): the
// broker makes files at any time, and they hold what the trackers' tokens may read.
func Start(o Options) (*Broker, error) {
	host, portText, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("embedded broker: listen address %q is not host:port", o.Listen)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("embedded broker: %s is not a loopback address: it serves this machine only", host)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("embedded broker: port %q is not a number", portText)
	}
	syscall.Umask(0o077)
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	if err := private(o.Dir); err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	password, err := secret(filepath.Join(o.Dir, "secret"))
	if err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.Ports(port),
		kfake.DataDir(filepath.Join(o.Dir, "log")),
		kfake.SyncWrites(),
		kfake.EnableSASL(),
		kfake.Superuser(mechanism, user, password),
		kfake.BrokerConfigs(map[string]string{
			"message.max.bytes": strconv.Itoa(MaxMessageBytes),
			"log.retention.ms":  "-1",
			// A consumer that was off for a year still finds its place.
			"offsets.retention.minutes": strconv.Itoa(10 * 365 * 24 * 60),
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("embedded broker in %s: %w", o.Dir, err)
	}
	b := &Broker{cluster: cluster, password: password}
	if err := b.inspect(); err != nil {
		b.Close()
		return nil, fmt.Errorf("embedded broker in %s: %w", o.Dir, err)
	}
	b.sessions = watchSessions(b)
	return b, nil
}

// secret reads the password in a file, making one at first.
func secret(file string) (string, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		s := rand.Text()
		return s, os.WriteFile(file, []byte(s+"\n"), 0o600)
	}
	if err != nil {
		return "", err
	}
	s := strings.TrimSpace(string(b))
	if s == "" {
		return "", fmt.Errorf("%s is empty: it holds the broker's password", file)
	}
	return s, nil
}

// Addr is the broker's host:port.
func (b *Broker) Addr() string { return b.cluster.ListenAddrs()[0] }

// Mechanism is the SASL mechanism that clients log in with, as the configuration writes it.
func (b *Broker) Mechanism() string { return strings.ToLower(mechanism) }

// User is the name that clients log in with.
func (b *Broker) User() string { return user }

// Password is the generated secret that clients log in with.
func (b *Broker) Password() string { return b.password }

// Close stops the broker; what was acknowledged is on disk already.
func (b *Broker) Close() error {
	if b.sessions != nil {
		b.sessions.close()
	}
	b.cluster.Close()
	return nil
}
