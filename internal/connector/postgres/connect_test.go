package postgres

import (
	"strings"
	"testing"
	"time"
)

func TestParseURL(t *testing.T) {
	for _, name := range []string{"PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE"} {
		t.Setenv(name, "")
	}
	for _, test := range []struct {
		url, place, user string
		parameters       map[string]string
		tls              bool
		timeout          time.Duration
	}{
		{"postgresql://ann@db.example:6432/shop?sslmode=disable", "db.example:6432/shop", "ann", nil, false, 0},
		{"postgres://ann:pw@db.example/shop?sslmode=verify-full&connect_timeout=5", "db.example:5432/shop", "ann", nil, true, 5 * time.Second},
		{"jdbc:postgresql://db.example:5433/shop?user=ann&currentSchema=sales&loginTimeout=7&reWriteBatchedInserts=true&sslmode=disable", "db.example:5433/shop", "ann", map[string]string{"search_path": "sales", "reWriteBatchedInserts": ""}, false, 7 * time.Second},
		{"jdbc:postgresql://db.example/shop?user=ann&ssl=true", "db.example:5432/shop", "ann", map[string]string{"ssl": ""}, true, 0},
		{"jdbc:postgresql://db.example/shop?user=ann&ssl=false&sslmode=disable", "db.example:5432/shop", "ann", nil, false, 0},
	} {
		config, err := parseURL(test.url)
		if err != nil {
			t.Errorf("%s: %v", test.url, err)
			continue
		}
		if place(config) != test.place || config.User != test.user || (config.TLSConfig != nil) != test.tls || config.ConnectTimeout != test.timeout {
			t.Errorf("%s: got %s, user %s, TLS %t, timeout %s", test.url, place(config), config.User, config.TLSConfig != nil, config.ConnectTimeout)
		}
		for name, want := range test.parameters {
			if got := config.RuntimeParams[name]; got != want {
				t.Errorf("%s: %s is %q, want %q", test.url, name, got, want)
			}
		}
	}
}

func TestParseURLDoesNotRepeatIt(t *testing.T) {
	for _, url := range []string{
		"mysql://ann:hidden@db/shop", "jdbc:mysql://db/shop?password=hidden", "postgresql://ann:hidden@db:port/shop", "postgresql://ann:hidden@db/shop?sslmode=wrong",
		"host=db password=hidden", "postgresql://ann:hid\x01den@db/", "",
	} {
		_, err := parseURL(url)
		if err == nil || strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "den@") {
			t.Errorf("%s: got error %v", url, err)
		}
	}
}
