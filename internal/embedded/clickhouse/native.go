package clickhouse

import (
	"encoding/binary"
	"strconv"
)

// The revisions of the Native format that change a block's frame.
const (
	revisionBlockInfo           = 1     // a block starts with its info
	revisionCustomSerialization = 54454 // a column says whether it is encoded specially
)

// greetingBlock is the answer to greeting as one Native block of the client's revision.
func greetingBlock(revision, name, version, timezone string) []byte {
	rev, _ := strconv.Atoi(revision)
	var b []byte
	str := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	if rev >= revisionBlockInfo {
		b = append(b, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0) // no overflow rows, no bucket
	}
	b = append(b, 4, 1) // columns, rows
	column := func(name, kind string) {
		str(name)
		str(kind)
		if rev >= revisionCustomSerialization {
			b = append(b, 0)
		}
	}
	column("displayName()", "String")
	str(name)
	column("version()", "String")
	str(version)
	column("revision()", "UInt32")
	b = append(b, 0, 0, 0, 0)
	column("timezone()", "String")
	str(timezone)
	return b
}
