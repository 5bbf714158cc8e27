package clickhousetest

import "testing"

func TestMain(m *testing.M) { Main(m) }

func TestURL(t *testing.T) {
	address, user, password := URL(t)
	if err := post(address[:len(address)-len("/test_xxxxxxxxxxxx")], user, password, "CREATE TABLE "+address[len(address)-len("test_xxxxxxxxxxxx"):]+".t (a UInt8) ENGINE = MergeTree ORDER BY a"); err != nil {
		t.Error(err)
	}
}
