package web

import (
	"testing"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
)

func TestMain(m *testing.M) { clickhousetest.Main(m) }
