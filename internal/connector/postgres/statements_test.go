package postgres

import (
	"strings"
	"testing"
)

func TestStatements(t *testing.T) {
	added := &target{schema: "s", table: `a"b`, columns: []column{{name: "id"}, {name: "Name"}}}
	replaced := &target{schema: "s", table: "t", columns: []column{{name: "id"}, {name: "day"}, {name: "n"}}, keys: []int{0, 1}}
	for _, test := range []struct{ name, got, want string }{
		{"copy, without state", newStatements(added, "x", true).copy, `COPY "s"."a""b" ("id", "Name") FROM STDIN`},
		{"staging, without state", newStatements(added, "x", true).staging, ""},
		{"copy", newStatements(added, "x", false).copy, `COPY x ("id", "Name", penstock_order, penstock_deleted) FROM STDIN`},
		{"move all", newStatements(added, "x", false).moveAll, `WITH moved AS (DELETE FROM x AS s RETURNING s.*) INSERT INTO "s"."a""b" ("id", "Name") SELECT "id", "Name" FROM moved ORDER BY penstock_order`},
		{"replace", newStatements(replaced, "x", true).moveAll, `WITH moved AS (DELETE FROM x AS s RETURNING s.*)` +
			`, newest AS (SELECT DISTINCT ON ("id", "day") * FROM moved ORDER BY "id", "day", penstock_order DESC)` +
			`, gone AS (DELETE FROM "s"."t" AS t USING newest AS n WHERE n.penstock_deleted AND t."id" = n."id" AND t."day" = n."day")` +
			` INSERT INTO "s"."t" ("id", "day", "n") SELECT "id", "day", "n" FROM newest WHERE NOT penstock_deleted` +
			` ON CONFLICT ("id", "day") DO UPDATE SET "n" = excluded."n"`},
	} {
		if test.got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, test.got, test.want)
		}
	}
	if create := newStatements(replaced, "x", true).create; !strings.Contains(create, "TEMPORARY") || !strings.Contains(create, "ON COMMIT DELETE ROWS") {
		t.Errorf("got %s", create)
	}
}
