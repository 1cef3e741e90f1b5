package option

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
)

var table = Table{
	{Key: "name", Aliases: []string{"stream.name", "streamName"}, Type: String, Doc: "What it is called."},
	{Key: "flag", Type: Bool, Default: "true"},
	{Key: "count", Type: Int, Default: "7"},
	{Key: "ratio", Type: Float},
	{Key: "pause", Type: Duration, Default: "10 s"},
	{Key: "interval.millis", Type: Milliseconds, Default: "200"},
	{Key: "buffer", Type: Size, Default: "5 mb"},
	{Key: "start", Type: Enum, Enum: []string{"LATEST", "TRIM_HORIZON"}, Default: "LATEST"},
	{Key: "password", Aliases: []string{"auth.Password"}, Type: String, Secret: true, Check: short},
	{Key: "pin", Type: Int, Secret: true},
	{Key: "fields.", Prefix: true, Type: String},
	{Key: "fields.count", Type: Int},
	{Key: "fields.secret.", Prefix: true, Secret: true, Type: String},
}

func short(text string) error {
	if len(text) > 8 {
		return errors.New("longer than 8 characters: " + text)
	}
	return nil
}

// given makes options of pairs of key and value.
func given(pairs ...string) []Given {
	var out []Given
	for pair := range slices.Chunk(pairs, 2) {
		out = append(out, Given{Key: pair[0], Value: pair[1], KeySpan: diag.Span{Start: 1, End: 2}, ValueSpan: diag.Span{Start: 3, End: 4}})
	}
	return out
}

func parse(t *testing.T, pairs ...string) *Values {
	t.Helper()
	v, err := Parse(`table "t"`, given(pairs...), table)
	if err != nil {
		t.Fatalf("Parse(%q): %v", pairs, err)
	}
	return v
}

func TestEveryTypeHasItsDefault(t *testing.T) {
	v := parse(t)
	if v.String("name") != "" || v.Bool("flag") != true || v.Int("count") != 7 || v.Float("ratio") != 0 ||
		v.Duration("pause") != 10*time.Second || v.Duration("interval.millis") != 200*time.Millisecond ||
		v.Int("buffer") != 5<<20 || v.String("start") != "LATEST" {
		t.Error("a default is not what the row says")
	}
	if v.IsSet("count") || !v.Span("count").IsZero() {
		t.Error("an option that was not given is set")
	}
}

func TestEveryTypeIsRead(t *testing.T) {
	v := parse(t, "name", "x", "flag", "False", "count", "-12", "ratio", "1,5", "pause", "PT1M", "interval.millis", "2 s", "buffer", "1024", "start", "trim_horizon")
	if v.String("name") != "x" || v.Bool("flag") != false || v.Int("count") != -12 || v.Float("ratio") != 1.5 ||
		v.Duration("pause") != time.Minute || v.Duration("interval.millis") != 2*time.Second || v.Int("buffer") != 1024 {
		t.Error("a value is not what was given")
	}
	if got := v.String("start"); got != "TRIM_HORIZON" {
		t.Errorf("enum is %q, want it in the spelling of the row", got)
	}
	if !v.IsSet("count") || v.Span("count") != (diag.Span{Start: 3, End: 4}) {
		t.Error("an option that was given is not set, or has no place")
	}
}

func TestKeysAndAliasesCompareWithoutRegardToCase(t *testing.T) {
	for _, key := range []string{"name", "NAME", "stream.name", "Stream.Name", "streamname", "streamName"} {
		if got := parse(t, key, "x").String("name"); got != "x" {
			t.Errorf("%q sets the option to %q", key, got)
		}
	}
}

func TestBadValuesSayWhatIsWrongAndWhatToWrite(t *testing.T) {
	for _, c := range []struct{ key, value, message, hint string }{
		{"flag", "yes", `option "flag" of table "t": bad value "yes": not a boolean`, "use 'true' or 'false'"},
		{"flag", "", `option "flag" of table "t": bad value "": it is empty`, "use 'true' or 'false'"},
		{"count", "1.5", `option "count" of table "t": bad value "1.5": not a whole number`, "use a whole number, such as '7'"},
		{"count", "9223372036854775808", `option "count" of table "t": bad value "9223372036854775808": not a whole number`, "use a whole number, such as '7'"},
		{"count", "", `option "count" of table "t": bad value "": it is empty`, "use a whole number, such as '7'"},
		{"ratio", "NaN", `option "ratio" of table "t": bad value "NaN": not a number`, "use a number, such as '1.5'"},
		{"ratio", "1,2,3", `option "ratio" of table "t": bad value "1,2,3": not a number`, "use a number, such as '1.5'"},
		{"pause", "soon", `option "pause" of table "t": bad value "soon": not a duration`, "use a number and a unit, such as '10 s'"},
		{"interval.millis", "x", `option "interval.millis" of table "t": bad value "x": not a duration`, "use a number of milliseconds, such as '200', or a duration, such as '1 s'"},
		{"buffer", "big", `option "buffer" of table "t": bad value "big": not a size`, "use a size, such as '5 mb', or a number of bytes"},
		{"buffer", "", `option "buffer" of table "t": bad value "": it is empty`, "use a size, such as '5 mb', or a number of bytes"},
		{"start", "now", `option "start" of table "t": bad value "now": not one of LATEST, TRIM_HORIZON`, "use one of LATEST, TRIM_HORIZON"},
	} {
		_, err := Parse(`table "t"`, given(c.key, c.value), table)
		fault, ok := errors.AsType[*diag.Error](err)
		if !ok {
			t.Errorf("%s = %q: got %v, want a *diag.Error", c.key, c.value, err)
			continue
		}
		if fault.Msg != c.message || fault.Hint != c.hint || fault.Kind != diag.Option || fault.Span != (diag.Span{Start: 3, End: 4}) {
			t.Errorf("%s = %q: %q, hint %q at %v", c.key, c.value, fault.Msg, fault.Hint, fault.Span)
		}
	}
}

func TestUnknownOptionsSuggestTheNearest(t *testing.T) {
	_, err := Parse(`table "t"`, given("coutn", "1"), table)
	fault, ok := errors.AsType[*diag.Error](err)
	if !ok || fault.Msg != `table "t" has an unknown option "coutn"` || fault.Hint != `did you mean "count"?` {
		t.Errorf("got %v", err)
	}
}

func TestTwoSpellingsOfOneOptionMustAgree(t *testing.T) {
	if got := parse(t, "name", "x", "streamName", "x").String("name"); got != "x" {
		t.Errorf("two spellings with one value give %q", got)
	}
	_, err := Parse(`table "t"`, given("name", "x", "streamName", "y"), table)
	if want := `table "t" sets option "name" twice, as "name" and as "streamName", with different values`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Parse(`table "t"`, given("password", "hunter2", "auth.password", "other"), table)
	if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "other") {
		t.Errorf("two different secrets: %v", err)
	}
}

func TestSecretsAreNotInErrors(t *testing.T) {
	for _, pair := range [][2]string{{"password", "correct horse"}, {"AUTH.password", "correct horse"}, {"pin", "12x4"}} {
		_, err := Parse(`table "t"`, given(pair[0], pair[1]), table)
		if err == nil || strings.Contains(err.Error(), pair[1]) || !strings.Contains(err.Error(), Redacted) {
			t.Errorf("%s: %v", pair[0], err)
		}
	}
}

func TestRangeIsOfNumbersNotOfTexts(t *testing.T) {
	positive, few := Range(1, math.MaxInt64), Range(2, 5)
	for _, test := range []struct {
		check func(string) error
		text  string
		want  string
	}{
		{positive, "1", ""},
		{positive, "9223372036854775807", ""},
		{positive, "+7", ""},
		{positive, "0", "must be 1 or more"},
		{positive, "00", "must be 1 or more"},
		{positive, "+0", "must be 1 or more"},
		{positive, "-0", "must be 1 or more"},
		{positive, "-3", "must be 1 or more"},
		{few, "2", ""},
		{few, "5", ""},
		{few, "1", "must be between 2 and 5"},
		{few, "6", "must be between 2 and 5"},
	} {
		if err := test.check(test.text); err == nil && test.want != "" || err != nil && err.Error() != test.want {
			t.Errorf("%q: got %v, want %q", test.text, err, test.want)
		}
	}
}

func TestPrefixRowsTakeWhatNoOtherRowDoes(t *testing.T) {
	v := parse(t, "fields.a.kind", "random", "Fields.B", "x", "fields.count", "3", "fields.secret.c", "s")
	fields := v.WithPrefix("fields.")
	if len(fields) != 2 || fields["a.kind"] != "random" || fields["B"] != "x" {
		t.Errorf("fields are %v", fields)
	}
	if secrets := v.WithPrefix("fields.secret."); len(secrets) != 1 || secrets["c"] != "s" {
		t.Errorf("the longer prefix has %v", secrets)
	}
	if got := v.Int("fields.count"); got != 3 {
		t.Errorf("the row with the full key has %d", got)
	}
	if _, err := Parse(`table "t"`, given("fields.", "x"), table); err == nil {
		t.Error("a prefix alone is an option")
	}
	if _, err := Parse(`table "t"`, given("fields.a", "x", "FIELDS.a", "y"), table); err == nil {
		t.Error("one option under two spellings of a prefix has two values")
	}
}

func TestRequiredOptions(t *testing.T) {
	required := Table{{Key: "a", Aliases: []string{"b"}, Required: true, Doc: "The a."}, {Key: "p.", Prefix: true, Required: true, Doc: "The ps."}}
	if _, err := Parse("it", given("b", "", "p.x", "1"), required); err != nil {
		t.Errorf("an alias and a key with the prefix do not count: %v", err)
	}
	_, err := Parse("it", nil, required)
	var hints []string
	for fault := range diag.All(err) {
		hints = append(hints, fault.Msg+": "+fault.Hint)
	}
	want := []string{`it has no option "a": add 'a' = '...' to WITH: The a.`, `it has no option "p.": add 'p.' = '...' to WITH: The ps.`}
	if !slices.Equal(hints, want) {
		t.Errorf("got %q, want %q", hints, want)
	}
}

func TestAllFaultsAreReportedTogether(t *testing.T) {
	_, err := Parse(`table "t"`, given("nope", "1", "count", "x", "flag", "maybe", "name", "ok"), table, Table{{Key: "needed", Required: true}})
	var messages []string
	for fault := range diag.All(err) {
		messages = append(messages, fault.Msg)
	}
	want := []string{
		`table "t" has an unknown option "nope"`,
		`option "count" of table "t": bad value "x": not a whole number`,
		`option "flag" of table "t": bad value "maybe": not a boolean`,
		`table "t" has no option "needed"`,
	}
	if !slices.Equal(messages, want) {
		t.Errorf("got %q, want %q", messages, want)
	}
}

func TestUnreadNamesTheRowsThatNobodyAskedFor(t *testing.T) {
	small := Table{{Key: "b"}, {Key: "a", Type: Int}, {Key: "p.", Prefix: true}}
	v, err := Parse("it", given("a", "1"), small)
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Unread(); !slices.Equal(got, []string{"a", "b", "p."}) {
		t.Errorf("before: %v", got)
	}
	v.Int("a")
	v.WithPrefix("p.")
	if got := v.Unread(); !slices.Equal(got, []string{"b"}) {
		t.Errorf("after: %v", got)
	}
	v.IsSet("b")
	if got := v.Unread(); len(got) != 0 {
		t.Errorf("at the end: %v", got)
	}
}

func TestReadingWhatNoRowDescribesIsADefect(t *testing.T) {
	v := parse(t)
	for name, read := range map[string]func(){
		"no row":     func() { v.String("nothing") },
		"other type": func() { v.Int("name") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			read()
		}()
	}
}

func TestKeysHaveOneCanonicalSpelling(t *testing.T) {
	table := Table{
		{Key: "stream", Aliases: []string{"stream_name"}},
		{Key: "secret", Aliases: []string{"SecretKey"}, Secret: true},
		{Key: "sink.producer.", Prefix: true},
	}
	for key, want := range map[string]string{
		"Stream_Name": "stream", "STREAM": "stream", "sink.producer.X": "sink.producer.x", "Other": "other",
	} {
		if got := Canonical(key, table); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	for key, want := range map[string]string{"secretkey": Redacted, "stream": "value", "other": "value"} {
		if got := Redact(key, "value", table); got != want {
			t.Errorf("%s shows %s, want %s", key, got, want)
		}
	}
}
