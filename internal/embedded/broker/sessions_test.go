package broker

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// TestKilledWhileJoining: members that are killed while they wait for the others to join do not stay in the group
// with partitions that nobody reads then.
func TestKilledWhileJoining(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for sessions to end")
	}
	b, err := Start(Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	const group, topic, partitions = "g", "t", 4
	live := client(t, b,
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.Balancers(kgo.RangeBalancer()),
		kgo.SessionTimeout(6*time.Second), kgo.RebalanceTimeout(6*time.Second), kgo.HeartbeatInterval(time.Second))
	defer live.Close()
	create := kmsg.NewPtrCreateTopicsRequest()
	t1 := kmsg.NewCreateTopicsRequestTopic()
	t1.Topic, t1.NumPartitions, t1.ReplicationFactor = topic, partitions, 1
	create.Topics = append(create.Topics, t1)
	if _, err := create.RequestWith(t.Context(), live); err != nil {
		t.Fatal(err)
	}
	alone := func() bool {
		g := b.cluster.GroupInfo(group)
		return g != nil && g.State == "Stable" && len(g.Members) == 1 && g.NumAssigned() == partitions
	}
	await(t, "a member has all partitions", alone)
	for range 3 { // the broker by itself keeps about each second one
		joinAndDie(t, b, group, topic)
		await(t, "the dead is gone", alone)
	}
	for range 3 { // and the living one was not taken for one
		time.Sleep(time.Second)
		if !alone() {
			t.Fatalf("the group is %+v", b.cluster.GroupInfo(group))
		}
	}
}

// TestSilentMembers: who is in a group and has said nothing for its session timeout is silent; who waits for an answer
// is not, however long it takes.
func TestSilentMembers(t *testing.T) {
	s := &sessions{groups: map[string]*heard{}}
	join := kmsg.NewPtrJoinGroupRequest()
	join.Group, join.SessionTimeoutMillis = "g", 6000
	s.hear(join)
	start := time.Now()
	look := func(after time.Duration, state string) (names string) {
		for _, m := range s.silent(&kfake.GroupInfo{Group: "g", State: state, Members: []kfake.GroupMember{{MemberID: "beats"}, {MemberID: "dead"}}}, start.Add(after)) {
			names += m.MemberID
		}
		return names
	}
	beat := kmsg.NewPtrHeartbeatRequest()
	beat.Group, beat.MemberID = "g", "beats"
	for _, step := range []struct {
		after time.Duration
		state string
		beats bool
		want  string
	}{
		{0, "PreparingRebalance", false, ""},
		{time.Minute, "PreparingRebalance", false, ""}, // both wait
		{time.Minute, "Stable", false, ""},
		{67 * time.Second, "Stable", true, ""},
		{69 * time.Second, "Stable", true, "dead"},
		{70 * time.Second, "PreparingRebalance", true, "dead"}, // it holds up those who join
	} {
		if step.beats {
			s.hear(beat)
			s.groups["g"].members["beats"] = word{at: start.Add(step.after)}
		}
		if got := look(step.after, step.state); got != step.want {
			t.Errorf("after %v, %s: silent are %q, want %q", step.after, step.state, got, step.want)
		}
	}
}

func client(t *testing.T, b *Broker, o ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(o, kgo.SeedBrokers(b.Addr()), kgo.SASL(scram.Auth{User: user, Pass: b.Password()}.AsSha512Mechanism()))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(25 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// joinAndDie asks to join as older clients do, without a name, and drops the connection before the answer.
func joinAndDie(t *testing.T, b *Broker, group, topic string) {
	t.Helper()
	old := kversion.Stable()
	old.SetMaxKeyVersion(kmsg.JoinGroup.Int16(), 1)
	c := client(t, b, kgo.MaxVersions(old))
	defer c.Close()
	topics := kmsg.NewConsumerMemberMetadata()
	topics.Topics = []string{topic}
	p := kmsg.NewJoinGroupRequestProtocol()
	p.Name, p.Metadata = "range", topics.AppendTo(nil)
	join := kmsg.NewPtrJoinGroupRequest()
	join.Group, join.ProtocolType, join.Protocols = group, "consumer", append(join.Protocols, p)
	join.SessionTimeoutMillis, join.RebalanceTimeoutMillis = 6000, 6000
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _, _ = join.RequestWith(ctx, c) }() // the group waits for its other member
	await(t, "another member joins", func() bool { return len(b.cluster.GroupInfo(group).Members) == 2 })
}
