package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestInferFromAStream(t *testing.T) {
	serve(t, map[string]int{"web-orders": 1})
	for _, payload := range []string{
		`{"id":1,"name":"a","price":1.5,"address":{"city":"Bonn","zip":53111},"tags":["x"],"ts":"2026-01-02T03:04:10Z","extra":null}`,
		string(aggregate(`{"id":2,"name":"b","price":2,"ts":"2026-01-02T03:04:05.5Z"}`)),
		packed(t, `{"id":3,"name":null,"price":3,"address":{"city":"Ulm"},"ts":"2026-01-02T03:04:20Z"}`), "no JSON",
	} {
		if r := run(t, "put", "web-orders", payload); r.code != 0 {
			t.Fatalf("put: %+v", r)
		}
	}
	want := "CREATE TABLE `web_orders` (\n  `id` BIGINT NOT NULL,\n  `name` STRING,\n  `price` DOUBLE NOT NULL,\n  `address` ROW<`city` STRING, `zip` BIGINT>,\n" +
		"  `tags` ARRAY<STRING>,\n  `ts` TIMESTAMP_LTZ(3) NOT NULL,\n  `extra` STRING,\n  WATERMARK FOR `ts` AS `ts` - INTERVAL '6' SECOND\n) WITH (\n" +
		"  'connector' = 'kinesis',\n  'stream' = 'web-orders',\n  'aws.region' = 'us-east-1',\n  'scan.stream.initpos' = 'TRIM_HORIZON',\n  'format' = 'json'\n);\n"
	run(t, "infer", "web-orders").want(t, 0, want, "from 4 records, 1 of them not like the others\n")
	r := run(t, "infer", "web-orders", "--output", "json", "--limit", "1", "--table", "t")
	var object inferObject
	if err := json.Unmarshal([]byte(r.stdout), &object); err != nil || object.Records != 1 || len(object.Columns) != 7 || object.Columns[6] != (inferColumn{"extra", "STRING"}) {
		t.Errorf("got %+v, error %v", r, err)
	}
	// The statement can be run as it stands.
	if r := run(t, "validate", "-e", want+"SELECT id, address FROM web_orders;"); r.code != 0 {
		t.Errorf("validate: %+v", r)
	}
}

func TestInferFormats(t *testing.T) {
	rows := func(format string, n int) string {
		var out strings.Builder
		for i := range n {
			fmt.Fprintf(&out, format+"\n", i)
		}
		return out.String()
	}
	for _, test := range []struct{ content, want string }{
		{"id,name,at\n" + rows("%[1]d,n%[1]d,2026-01-02 03:04:05", 5), "`id` BIGINT NOT NULL, `name` STRING NOT NULL, `at` TIMESTAMP(3) NOT NULL, WATERMARK FOR `at` AS `at` - INTERVAL '1' SECOND 'format' = 'csv', 'csv.ignore-first-line' = 'true'"},
		{rows("%d;;true", 3) + "4;x;false\n", "`c1` BIGINT NOT NULL, `c2` STRING, `c3` BOOLEAN NOT NULL 'format' = 'csv', 'csv.field-delimiter' = ';'"},
		{"1\t\n2\t2.5\n", "`c1` BIGINT NOT NULL, `c2` DOUBLE 'format' = 'csv', 'csv.field-delimiter' = '\\t', 'csv.empty-string-as-null' = 'true'"},
		{"just some text\nand more of it\n", "`line` STRING 'format' = 'raw'"},
		{"\xff\xfe\x00\n", "`payload` BYTES 'format' = 'raw'"},
		{`{"op":"c","before":null,"after":{"id":1}}` + "\n", "`id` BIGINT NOT NULL 'format' = 'debezium-json'"},
		{`{"ts":1767322800000,"v":[[1]],"m":{},"x":1}` + "\n" + `{"ts":1767322795500,"v":[],"x":"y"}` + "\n", "`ts` BIGINT NOT NULL, `v` ARRAY<ARRAY<BIGINT>> NOT NULL, `m` JSON, `x` STRING NOT NULL, " +
			"`ts_ltz` AS TO_TIMESTAMP_LTZ(`ts`, 3), WATERMARK FOR `ts_ltz` AS `ts_ltz` - INTERVAL '6' SECOND 'format' = 'json'"},
		{
			`{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[{"id":"1","timestamp":1767322800000,"message":"m"}]}` + "\n",
			"`logGroup` STRING NOT NULL, `id` STRING NOT NULL, `timestamp` BIGINT NOT NULL, `message` STRING NOT NULL, `timestamp_ltz` AS TO_TIMESTAMP_LTZ(`timestamp`, 3), " +
				"WATERMARK FOR `timestamp_ltz` AS `timestamp_ltz` - INTERVAL '1' SECOND 'format' = 'json', 'envelope' = 'cloudwatch-logs'",
		},
	} {
		r := run(t, "infer", writeFile(t, "sample.txt", test.content))
		_, columns, _ := strings.Cut(r.stdout, "(\n")
		columns, with, _ := strings.Cut(columns, "\n) WITH (\n")
		_, with, _ = strings.Cut(strings.TrimSuffix(with, "\n);\n"), ",\n  'format'")
		got := strings.ReplaceAll(strings.TrimSpace(columns), ",\n  ", ", ") + " 'format'" + strings.ReplaceAll(with, ",\n  ", ", ")
		if r.code != 0 || got != test.want {
			t.Errorf("%.40q: got\n%s\nwant\n%s\n%s", test.content, got, test.want, r.stderr)
		}
	}
	if r := run(t, "infer", writeFile(t, "empty.txt", "")); r.code != 5 {
		t.Errorf("got %+v", r)
	}
}
