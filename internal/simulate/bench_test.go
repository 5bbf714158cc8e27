package simulate

import "testing"

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		if d := Generate(1, testEnd); len(d.Truth) == 0 {
			b.Fatal("nothing generated")
		}
	}
}
