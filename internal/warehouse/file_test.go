package warehouse

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// TestParquet: a file holds the rows, and an error says what the server says.
func TestParquet(t *testing.T) {
	db := engine(t, false)
	var b, large bytes.Buffer
	const statement = "SELECT number + {n:UInt64} AS n, [toString(number), {s:String}] AS words FROM numbers({rows:UInt64}) -- all of them\n;"
	if err := db.Parquet(t.Context(), &b, statement, map[string]string{"n": "1", "s": "a\t'b'", "rows": "100"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Parquet(t.Context(), &large, statement, map[string]string{"n": "1", "s": "", "rows": "1000000"}); err != nil || large.Len() < 1<<20 {
		t.Fatalf("%d bytes: %v", large.Len(), err)
	}
	if !bytes.HasPrefix(b.Bytes(), []byte("PAR1")) || !bytes.HasSuffix(b.Bytes(), []byte("PAR1")) {
		t.Fatalf("%d bytes are no Parquet file", b.Len())
	}
	got := all(t, db, "SELECT count(), sum(n), any(words[2]) FROM format(Parquet, unhex({hex:String}))", map[string]string{"hex": hex.EncodeToString(b.Bytes())})
	if got[0][0] != uint64(100) || got[0][1] != uint64(5050) || got[0][2] != "a\t'b'" {
		t.Errorf("read back %v", got)
	}
	for sql, want := range map[string]string{
		"SELECT nothing": "Unknown expression identifier `nothing`",
		"SELECT throwIf(number = 2000000, 'too far') FROM numbers(3000000)": "too far",
	} {
		err := db.Parquet(t.Context(), &b, sql, nil)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, want) {
			t.Errorf("%s: %v, want %s", sql, err, want)
		}
	}
}
