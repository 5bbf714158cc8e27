package broker

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Warnings returns what was wrong with the log when it was opened, one sentence each. A damaged file of the log
// loses the records from the damage on; that shows where a group had processed more than there is now.
func (b *Broker) Warnings() []string { return slices.Clone(b.warnings) }

// inspect compares what groups committed with what the partitions hold, and sets those groups back that are ahead:
// they would skip the next records, which get the same offsets as the lost ones.
func (b *Broker) inspect() error {
	client, err := b.client()
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	groups, err := kmsg.NewPtrListGroupsRequest().RequestWith(ctx, client)
	if err != nil {
		return fmt.Errorf("list the groups: %w", err)
	}
	for _, g := range groups.Groups {
		info := b.cluster.GroupInfo(g.Group)
		if info == nil {
			continue
		}
		if err := dismiss(ctx, client, info); err != nil {
			return fmt.Errorf("group %s: %w", g.Group, err)
		}
		for _, topic := range slices.Sorted(maps.Keys(info.Commits)) {
			for _, p := range slices.Sorted(maps.Keys(info.Commits[topic])) {
				part := b.cluster.PartitionInfo(topic, p)
				if part == nil {
					continue
				}
				at, end := info.Commits[topic][p].Offset, part.HighWatermark
				if at <= end {
					continue
				}
				b.warnings = append(b.warnings, fmt.Sprintf(
					"the log was damaged: %s, partition %d, has lost at least the %d records from offset %d on, which %s had processed; restore a backup if there is one (workmix restore)",
					topic, p, at-end, end, g.Group))
				if err := b.setBack(ctx, client, g.Group, topic, p, end); err != nil {
					return fmt.Errorf("set group %s back to offset %d of %s/%d: %w", g.Group, end, topic, p, err)
				}
			}
		}
	}
	return nil
}

// dismiss lets the members go that the group had when the broker ended. Those that still are there join anew; for
// those that are not, the group would wait.
func dismiss(ctx context.Context, client *kgo.Client, g *kfake.GroupInfo) error {
	if len(g.Members) == 0 {
		return nil
	}
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group = g.Group
	for _, m := range g.Members {
		l := kmsg.NewLeaveGroupRequestMember()
		l.MemberID = m.MemberID
		req.Members = append(req.Members, l)
	}
	_, err := req.RequestWith(ctx, client)
	return err
}

func (b *Broker) setBack(ctx context.Context, client *kgo.Client, group, topic string, partition int32, offset int64) error {
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group = group
	p := kmsg.NewOffsetCommitRequestTopicPartition()
	p.Partition, p.Offset = partition, offset
	t := kmsg.NewOffsetCommitRequestTopic()
	t.TopicID = b.cluster.TopicInfo(topic).TopicID // newer requests name the topic by it
	t.Topic, t.Partitions = topic, append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	res, err := req.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	if code := res.Topics[0].Partitions[0].ErrorCode; code != 0 {
		return fmt.Errorf("the broker answers with error %d", code)
	}
	return nil
}

// private takes everybody else's rights from the files that are there, a restored backup's for one.
func private(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700
		} else if !d.Type().IsRegular() {
			return nil
		}
		return os.Chmod(path, mode)
	})
}
