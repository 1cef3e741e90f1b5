package kinesis

import (
	"testing"
	"time"
)

func TestMomentsAreReadInTheirFormatOrAsEpoch(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ text, format, want string }{
		{"2016-04-04T19:58:46.480-00:00", defaultTimestampFormat, "2016-04-04T19:58:46.48Z"},
		{"2016-04-04T19:58:46.480Z", defaultTimestampFormat, "2016-04-04T19:58:46.48Z"},
		{"2016-04-04T19:58:46.480+02:30", defaultTimestampFormat, "2016-04-04T17:28:46.48Z"},
		{"1459799926.480", defaultTimestampFormat, "2016-04-04T19:58:46.48Z"},
		{"1681910583.745", defaultTimestampFormat, "2023-04-19T13:23:03.745Z"},
		{"1681910583.7459", defaultTimestampFormat, "2023-04-19T13:23:03.745Z"},
		{"1.681910583745E9", defaultTimestampFormat, "2023-04-19T13:23:03.745Z"},
		{"0", defaultTimestampFormat, "1970-01-01T00:00:00Z"},
		{"2016-04-04 19:58:46", "yyyy-MM-dd HH:mm:ss", "2016-04-04T17:58:46Z"}, // session zone
		{"20160404", "yyyyMMdd", "2016-04-03T22:00:00Z"},
		{"1459799926", "yyyyMMdd", "2016-04-04T19:58:46Z"}, // too many digits for a date
		{"20160404195846480", "yyyyMMddHHmmssSSS", "2016-04-04T17:58:46.48Z"},
		{"4.4.2016 7:58 +0000", "d.M.y H:m Z", "2016-04-04T07:58:00Z"},
		{"4.4.2016 7:58 UTC", "d.M.y H:m Z", "2016-04-04T07:58:00Z"},
		{"2016-04-04T19+02", "yyyy-MM-dd'T'HHX", "2016-04-04T17:00:00Z"},
		{"2016-04-04T19+0230", "yyyy-MM-dd'T'HHXX", "2016-04-04T16:30:00Z"},
		{"at 5 o'clock on 2016-04-04", "'at' H 'o''clock on' yyyy-MM-dd", "2016-04-04T03:00:00Z"},
	} {
		got, err := parseMoment(test.text, test.format, berlin)
		if err != nil || got.UTC().Format(time.RFC3339Nano) != test.want {
			t.Errorf("%q in %q: got %v, %v; want %s", test.text, test.format, got.UTC(), err, test.want)
		}
	}
}

func TestMomentsThatDoNotFitAreRefused(t *testing.T) {
	for _, test := range []struct{ text, format string }{
		{"", defaultTimestampFormat},
		{"2016-04-04", defaultTimestampFormat},
		{"2016-04-04T19:58:46.480Z and more", defaultTimestampFormat},
		{"2016-13-04T19:58:46.480Z", defaultTimestampFormat},
		{"2016-02-30T19:58:46.480Z", defaultTimestampFormat},
		{"2016-04-04T24:58:46.480Z", defaultTimestampFormat},
		{"2016-04-04T19:58:46.48Z", defaultTimestampFormat},
		{"2016-04-04T19:58:46.480", defaultTimestampFormat},
		{"-1", defaultTimestampFormat},
		{"1e999", defaultTimestampFormat},
		{"99999999999999", defaultTimestampFormat},
		{"NaN", defaultTimestampFormat},
		{"16-04-04", "yyyy-MM-dd"},
	} {
		if got, err := parseMoment(test.text, test.format, time.UTC); err == nil {
			t.Errorf("%q in %q was read as %v", test.text, test.format, got)
		}
	}
}

func TestFormatsThatAreNotUnderstoodAreRefused(t *testing.T) {
	for pattern, want := range map[string]string{
		"yyyy-MM-dd'T": `a quotation mark is not closed`,
		"EEE":          `the letter 'E' is not one of y M d H m s S X Z`,
		"yy-MM":        `"yy" leaves the century open, write yyyy`,
		"MMM":          `"MMM" is too long, at most 2 letters are possible`,
	} {
		if _, err := parseFormat(pattern); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", pattern, err, want)
		}
	}
}
