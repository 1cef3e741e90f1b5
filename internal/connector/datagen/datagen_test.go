package datagen_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/connectortest"
	"github.com/penstock-io/penstock/internal/connector/datagen"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

var schema = types.Schema{
	{Name: "id", Type: types.Of(types.BigInt)},
	{Name: "user", Type: types.String},
	{Name: "price", Type: types.Of(types.Double)},
	{Name: "ts", Type: types.Timestamp3},
	{Name: "a.b", Type: types.Of(types.Int)},
}

// scan is a request for the columns, with options as "key=value".
func scan(tb testing.TB, columns types.Schema, pairs ...string) connector.ScanRequest {
	tb.Helper()
	var given []option.Given
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		given = append(given, option.Given{Key: key, Value: value})
	}
	values, err := option.Parse(`table "t"`, given, datagen.Factory().Options)
	if err != nil {
		tb.Fatal(err)
	}
	request := connector.ScanRequest{Table: connector.Table{Name: "t", Options: values}, Meter: &connector.Meter{}, Zone: time.UTC}
	for _, field := range columns {
		request.Columns = append(request.Columns, connector.Column{Name: field.Name, Type: field.Type})
	}
	request.Table.Columns = request.Columns
	return request
}

func open(tb testing.TB, request connector.ScanRequest) connector.Source {
	tb.Helper()
	source, err := datagen.Factory().NewSource(tb.Context(), request)
	if err != nil {
		tb.Fatal(err)
	}
	return source
}

// read returns the rows up to the end, or the first most of them, and the position after them.
func read(tb testing.TB, source connector.Source, from checkpoint.Position, columns types.Schema, most int) (rows []string, last checkpoint.Position) {
	tb.Helper()
	reader, err := source.Open(tb.Context(), connector.Split{ID: "rows", From: from})
	if err != nil {
		tb.Fatal(err)
	}
	for len(rows) < most {
		page, err := reader.Next(tb.Context())
		if errors.Is(err, io.EOF) {
			return rows, last
		}
		if err != nil {
			tb.Fatal(err)
		}
		last = page.Position
		if page.Rows == nil {
			continue
		}
		for row := range page.Rows.Rows() {
			rows = append(rows, batch.FormatRow(page.Rows, columns, row))
		}
	}
	return rows, last
}

func TestDatagenKeepsTheContractOfSources(t *testing.T) {
	tests := map[string][]string{
		"fast":     {"number-of-rows=10000", "rows-per-second=1000000000"},
		"slow":     {"number-of-rows=30", "rows-per-second=2", "fields.ts.max-past=1 h", "fields.user.null-rate=0.5"},
		"sequence": {"fields.id.kind=sequence", "fields.id.start=-5", "fields.id.end=94"},
	}
	rows := map[string]int{"fast": 10_000, "slow": 30, "sequence": 100}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			connectortest.TestSource(t, func(t *testing.T) connector.Source { return open(t, scan(t, schema, options...)) }, schema, rows[name])
		})
	}
}

func TestDatagenKeepsItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, rate := range []string{"1", "7", "10000", "250000"} {
			request := scan(t, schema[:1], "rows-per-second="+rate)
			reader, err := open(t, request).Open(t.Context(), connector.Split{ID: "rows"})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			last := time.Now()
			for {
				page, err := reader.Next(ctx)
				if err != nil {
					break
				}
				if gap := time.Since(last); gap > time.Second {
					t.Errorf("rate %s: a page came after %v, want one every second", rate, gap)
				}
				last = time.Now()
				if page.Lag > 100*time.Millisecond {
					t.Errorf("rate %s: %v behind", rate, page.Lag)
				}
			}
			cancel()
			want := map[string]int64{"1": 10, "7": 70, "10000": 100_000, "250000": 2_500_000}[rate]
			if got := request.Meter.Records.Load(); got < want-want/50-1 || got > want+1 {
				t.Errorf("rate %s: got %d rows in 10 s, want about %d", rate, got, want)
			}
		}
	})
}

func TestDatagenTimesAreWhenTheRowIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which begins on 2000-01-01 at midnight UTC
		columns := types.Schema{
			{Name: "ts", Type: types.Timestamp3},
			{Name: "ltz", Type: types.Type{Kind: types.TimestampLTZ, Precision: 6}},
			{Name: "d", Type: types.Of(types.Date)},
			{Name: "t", Type: types.Type{Kind: types.Time, Precision: 0}},
		}
		request := scan(t, columns, "rows-per-second=2", "number-of-rows=4")
		request.Zone = time.FixedZone("east", 3600)
		rows, _ := read(t, open(t, request), "", columns, 4)
		want := []string{
			"2000-01-01 01:00:00.000 | 2000-01-01 00:00:00.000000 | 2000-01-01 | 01:00:00",
			"2000-01-01 01:00:00.500 | 2000-01-01 00:00:00.500000 | 2000-01-01 | 01:00:00",
			"2000-01-01 01:00:01.000 | 2000-01-01 00:00:01.000000 | 2000-01-01 | 01:00:01",
			"2000-01-01 01:00:01.500 | 2000-01-01 00:00:01.500000 | 2000-01-01 | 01:00:01",
		}
		if !slices.Equal(rows, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestDatagenMakesTheSameRowsForTheSameSeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rows := func(columns types.Schema, seed string) []string {
			request := scan(t, schema, "number-of-rows=100", "seed="+seed)
			request.Columns = nil
			for _, field := range columns {
				request.Columns = append(request.Columns, connector.Column{Name: field.Name, Type: field.Type})
			}
			rows, _ := read(t, open(t, request), "", columns, 100)
			return rows
		}
		fixed := schema[:3]
		a := rows(fixed, "7")
		if b := rows(fixed, "7"); !slices.Equal(a, b) {
			t.Errorf("the same seed gave %q and %q", a[0], b[0])
		}
		if b := rows(fixed, "8"); slices.Equal(a, b) {
			t.Error("two seeds gave the same rows")
		}
		for i, price := range rows(schema[2:3], "7") { // whatever other columns are read
			if want := strings.Split(a[i], " | ")[2]; price != want {
				t.Fatalf("row %d: got price %s alone and %s beside others", i, price, want)
			}
		}
		if none := rows(nil, "7"); len(none) != 100 {
			t.Errorf("got %d rows without columns, want 100", len(none))
		}
	})
}

func TestDatagenKeepsBounds(t *testing.T) {
	columns := types.Schema{
		{Name: "tiny", Type: types.Of(types.TinyInt)},
		{Name: "small", Type: types.Of(types.SmallInt)},
		{Name: "big", Type: types.Of(types.BigInt)},
		{Name: "real", Type: types.Of(types.Float)},
		{Name: "text", Type: types.Type{Kind: types.Varchar, Precision: 8}},
		{Name: "raw", Type: types.Of(types.Varbinary)},
		{Name: "yes", Type: types.Of(types.Boolean)},
		{Name: "none", Type: types.Of(types.Int)},
	}
	synctest.Test(t, func(t *testing.T) {
		request := scan(t, columns, "rows-per-second=1000000", "fields.tiny.min=-3", "fields.tiny.max=3", "fields.small.min=5", "fields.small.max=5",
			"fields.real.min=-1.5", "fields.real.max=1.5", "fields.raw.length=3", "fields.none.null-rate=1", "fields.yes.null-rate=0.25")
		reader, err := open(t, request).Open(t.Context(), connector.Split{ID: "rows"})
		if err != nil {
			t.Fatal(err)
		}
		var page connector.Page
		for page.Rows == nil || page.Rows.Rows() < 1000 {
			if page, err = reader.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		c, n := page.Rows.Columns, page.Rows.Rows()
		seen := map[int8]bool{}
		negative, trues := 0, 0
		for i := range n {
			seen[batch.Values[int8](c[0])[i]] = true
			if batch.Values[int64](c[2])[i] < 0 {
				negative++
			}
			if batch.Values[bool](c[6])[i] {
				trues++
			}
			if v := batch.Values[float32](c[3])[i]; v < -1.5 || v > 1.5 {
				t.Fatalf("got %v, want -1.5 to 1.5", v)
			}
			if batch.Values[int16](c[1])[i] != 5 || len(c[4].(*batch.Bytes).At(i)) != 8 || len(c[5].(*batch.Bytes).At(i)) != 3 {
				t.Fatalf("row %d: got %s", i, batch.FormatRow(page.Rows, columns, i))
			}
		}
		if len(seen) != 7 || !seen[-3] || !seen[3] {
			t.Errorf("got %v, want -3 to 3", seen)
		}
		if negative < n/3 || negative > 2*n/3 || trues < n/3 || trues > 2*n/3 {
			t.Errorf("%d of %d numbers are negative, %d booleans true: want about half", negative, n, trues)
		}
		if nulls := n - c[6].Valid().Count(n); nulls < n/5 || nulls > n/3 {
			t.Errorf("%d of %d are NULL, want about a quarter", nulls, n)
		}
		if c[7].Valid().Count(n) != 0 {
			t.Error("a column with a null-rate of 1 has values")
		}
	})
}

func TestDatagenSequencesOfEveryType(t *testing.T) {
	columns := types.Schema{
		{Name: "a", Type: types.Of(types.TinyInt)},
		{Name: "b", Type: types.Of(types.Double)},
		{Name: "c", Type: types.String},
	}
	var options []string
	for _, name := range []string{"a", "b", "c"} {
		options = append(options, "fields."+name+".kind=sequence", "fields."+name+".start=-1", "fields."+name+".end=1")
	}
	synctest.Test(t, func(t *testing.T) {
		rows, _ := read(t, open(t, scan(t, columns, options...)), "", columns, 10)
		if want := []string{"-1 | -1.0 | -1", "0 | 0.0 | 0", "1 | 1.0 | 1"}; !slices.Equal(rows, want) {
			t.Errorf("got %q, want %q", rows, want)
		}
	})
}

func TestDatagenCatchesUpAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options := []string{"rows-per-second=10", "number-of-rows=100"}
		all, _ := read(t, open(t, scan(t, schema, options...)), "", schema, 100)
		head, position := read(t, open(t, scan(t, schema, options...)), "", schema, 20)
		synctest.Wait()
		timer := time.NewTimer(time.Hour)
		<-timer.C
		began := time.Now()
		tail, _ := read(t, open(t, scan(t, schema, options...)), position, schema, 100)
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %v for rows that were due", took)
		}
		for i, row := range append(head, tail...) { // their times differ: the table was opened later
			if got, want := row[:strings.LastIndex(row, " | 2000")], all[i][:strings.LastIndex(all[i], " | 2000")]; got != want {
				t.Fatalf("row %d: got %s, want %s", i, got, want)
			}
		}
		if len(head)+len(tail) != 100 {
			t.Errorf("got %d rows and then %d, want 100", len(head), len(tail))
		}
	})
}

func TestDatagenReadsItsOptions(t *testing.T) {
	request := scan(t, schema)
	open(t, request)
	if unread := request.Table.Options.Unread(); len(unread) > 0 {
		t.Errorf("nothing reads the options %v", unread)
	}
}

func TestDatagenRefusesOptionsThatDoNotFit(t *testing.T) {
	columns := types.Schema{
		{Name: "id", Type: types.Of(types.TinyInt)},
		{Name: "name", Type: types.Type{Kind: types.Varchar, Precision: 5, NotNull: true}},
		{Name: "ts", Type: types.Timestamp3},
		{Name: "yes", Type: types.Of(types.Boolean)},
	}
	tests := []struct{ option, want string }{
		{"fields.idd.min=1", `option "fields.idd.min": table "t" has no column "idd"`},
		{"fields.id.minimum=1", `option "fields.id.minimum": there is no attribute "minimum" of a column`},
		{"fields.id=1", `option "fields.id": there is no attribute "id" of a column`},
		{"fields.id.kind=other", `option "fields.id.kind": "other" is neither random nor sequence`},
		{"fields.id.min=300", `option "fields.id.min": "300" is not a value of TINYINT`},
		{"fields.id.max=-200", `option "fields.id.max": "-200" is not a value of TINYINT`},
		{"fields.id.length=3", `option "fields.id.length": a random column of type TINYINT has no length`},
		{"fields.id.kind=sequence", `option "fields.id.start": a sequence needs a start and an end`},
		{"fields.name.length=6", `option "fields.name.length": 6 is more than VARCHAR(5) holds`},
		{"fields.name.length=0", `option "fields.name.length": "0" is not a length from 1 to 1048576`},
		{"fields.name.null-rate=0.5", `option "fields.name.null-rate": the column is NOT NULL`},
		{"fields.id.null-rate=2", `option "fields.id.null-rate": "2" is not a number from 0 to 1`},
		{"fields.id.null-rate=x", `option "fields.id.null-rate": "x" is not a number from 0 to 1`},
		{"fields.ts.max-past=soon", `option "fields.ts.max-past": "soon" is not a duration`},
		{"fields.yes.min=1", `option "fields.yes.min": a random column of type BOOLEAN has no min`},
	}
	for _, test := range tests {
		err := datagen.Factory().Check(scan(t, columns, test.option).Table)
		if err == nil || err.Error() != test.want || diag.KindOf(err) != diag.Option {
			t.Errorf("%s: got error %v, want %s", test.option, err, test.want)
		}
	}
	for _, option := range []string{"fields.id.min=2 fields.id.max=1", "fields.id.kind=sequence fields.id.start=2 fields.id.end=1"} {
		if err := datagen.Factory().Check(scan(t, columns, strings.Fields(option)...).Table); err == nil {
			t.Errorf("%s: got no error", option)
		}
	}
	unsupported := types.Schema{{Name: "j", Type: types.Of(types.JSON)}}
	if _, err := datagen.Factory().NewSource(t.Context(), scan(t, unsupported)); diag.KindOf(err) != diag.Unsupported || err.Error() != `connector datagen cannot make a random column "j" of type JSON` {
		t.Errorf("JSON column: got error %v", err)
	}
}

// Numbers are compared, not texts.
func TestDatagenRefusesToMakeNothing(t *testing.T) {
	for _, key := range []string{"rows-per-second", "number-of-rows"} {
		for _, value := range []string{"0", "00", "+0", "-0", "-1"} {
			_, err := option.Parse("t", []option.Given{{Key: key, Value: value}}, datagen.Factory().Options)
			if err == nil || !strings.Contains(err.Error(), "must be 1 or more") {
				t.Errorf("%s = %s: got %v", key, value, err)
			}
		}
	}
}

func TestDatagenRefusesAStrangePosition(t *testing.T) {
	source := open(t, scan(t, schema))
	for _, position := range []checkpoint.Position{"5", "row:x start:1", "row:-1 start:1", "row:1 start:1 more"} {
		if _, err := source.Open(t.Context(), connector.Split{ID: "rows", From: position}); diag.KindOf(err) != diag.BadData {
			t.Errorf("%q: got error %v, want one", position, err)
		}
	}
}

func BenchmarkDatagen(b *testing.B) {
	reader, err := open(b, scan(b, schema, "rows-per-second=1000000000000", "fields.user.length=12")).Open(b.Context(), connector.Split{ID: "rows"})
	if err != nil {
		b.Fatal(err)
	}
	rows := 0
	for b.Loop() {
		page, err := reader.Next(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		rows += page.Rows.Rows()
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
