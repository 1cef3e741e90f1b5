package types

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// TestCivilDatesAgreeWithTime goes over every first and last day of a month from 400 BC to 3000.
func TestCivilDatesAgreeWithTime(t *testing.T) {
	for year := -400; year <= 3000; year++ {
		for month := 1; month <= 12; month++ {
			for _, day := range []int{1, daysIn(eraYear(year), month)} {
				want := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
				days := DaysFromCivil(year, month, day)
				if days*86400 != want.Unix() {
					t.Fatalf("DaysFromCivil(%d, %d, %d) = %d, want %d", year, month, day, days, want.Unix()/86400)
				}
				if y, m, d := CivilFromDays(days); y != year || m != month || d != day {
					t.Fatalf("CivilFromDays(%d) = %d-%d-%d, want %d-%d-%d", days, y, m, d, year, month, day)
				}
			}
		}
	}
}

// eraYear returns a year after 0 with the same months.
func eraYear(year int) int { return int(FloorMod(int64(year), 400)) + 400 }

func TestEveryDayOfFourCenturiesRoundTrips(t *testing.T) {
	first, last := DaysFromCivil(1800, 1, 1), DaysFromCivil(2200, 12, 31)
	previous := first - 1
	for days := first; days <= last; days++ {
		year, month, day := CivilFromDays(days)
		back := DaysFromCivil(year, month, day)
		if back != days || back != previous+1 {
			t.Fatalf("day %d is %d-%d-%d, which is day %d", days, year, month, day, back)
		}
		previous = back
	}
}

func TestDaysPastTheEndOfAMonthRunIntoTheNext(t *testing.T) {
	if got, want := DaysFromCivil(2023, 2, 30), DaysFromCivil(2023, 3, 2); got != want {
		t.Errorf("2023-02-30 is day %d, want %d", got, want)
	}
}

func TestFloorDivAndModRoundDown(t *testing.T) {
	for _, c := range []struct{ a, b, div, mod int64 }{
		{7, 3, 2, 1}, {-7, 3, -3, 2}, {-6, 3, -2, 0}, {0, 5, 0, 0}, {7, -3, -3, -2}, {-1, Day, -1, Day - 1},
	} {
		if div, mod := FloorDiv(c.a, c.b), FloorMod(c.a, c.b); div != c.div || mod != c.mod {
			t.Errorf("%d by %d: %d rest %d, want %d rest %d", c.a, c.b, div, mod, c.div, c.mod)
		}
	}
}

func TestTruncateMicrosCutsDown(t *testing.T) {
	for _, c := range []struct {
		micros    int64
		precision int
		want      int64
	}{
		{1_999_999, 0, 1_000_000},
		{1_999_999, 3, 1_999_000},
		{1_999_999, 5, 1_999_990},
		{1_999_999, 6, 1_999_999},
		{1_999_999, 9, 1_999_999},
		{-1, 0, -1_000_000},
		{-1, 3, -1000},
		{-1_000_000, 0, -1_000_000},
	} {
		if got := TruncateMicros(c.micros, c.precision); got != c.want {
			t.Errorf("TruncateMicros(%d, %d) = %d, want %d", c.micros, c.precision, got, c.want)
		}
	}
}

// TestWallClocksAgreeWithTime compares with package time over random instants and over the hours
// around every change of clocks of 2024.
func TestWallClocksAgreeWithTime(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		check := func(at time.Time) {
			t.Helper()
			utc := at.UnixMicro()
			local := at.In(zone)
			wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
			if got := ToWall(utc, zone); got != wall.UnixMicro() {
				t.Fatalf("ToWall(%v, %s) = %v, want %v", at, name, time.UnixMicro(got).UTC(), wall)
			}
			back := FromWall(wall.UnixMicro(), zone)
			if back > utc || ToWall(back, zone) != wall.UnixMicro() { // earlier where the clock shows it twice
				t.Fatalf("FromWall(%v, %s) = %v, want %v", wall, name, time.UnixMicro(back).UTC(), at)
			}
			if twice := ToWall(utc-Hour, zone) == wall.UnixMicro() || ToWall(utc-Hour/2, zone) == wall.UnixMicro(); back < utc && !twice {
				t.Fatalf("FromWall(%v, %s) = %v, want %v", wall, name, time.UnixMicro(back).UTC(), at)
			}
		}
		for range 2000 {
			check(time.UnixMicro(r.Int64N(200*365*Day) - 100*365*Day).UTC())
		}
		for at := time.Date(2024, 1, 1, 0, 0, 0, 123456000, time.UTC); at.Year() == 2024; at = at.Add(30 * time.Minute) {
			check(at)
		}
	}
}

// TestSkippedAndRepeatedWallTimes pins what happens to times that a clock skips or shows twice.
func TestSkippedAndRepeatedWallTimes(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ wall, utc string }{
		{"2024-03-31 01:59:59", "2024-03-31 00:59:59"},
		{"2024-03-31 02:30:00", "2024-03-31 01:30:00"}, // skipped: read as winter time
		{"2024-03-31 03:00:00", "2024-03-31 01:00:00"},
		{"2024-10-27 02:30:00", "2024-10-27 00:30:00"}, // shown twice: the first time
		{"2024-10-27 03:00:00", "2024-10-27 02:00:00"},
	} {
		wall, _, _ := ParseTimestamp(c.wall)
		if got := string(AppendTimestamp(nil, FromWall(wall, berlin), 0, ' ')); got != c.utc {
			t.Errorf("%s in Berlin is %s UTC, want %s", c.wall, got, c.utc)
		}
	}
}

func TestTheFarthestWallTimesDoNotOverflow(t *testing.T) {
	zone := time.FixedZone("far", 14*3600)
	for _, wall := range []int64{math.MaxInt64, math.MinInt64, math.MaxInt64 - Day} {
		if got := FromWall(wall, zone); got != wall {
			t.Errorf("FromWall moved %d to %d", wall, got)
		}
	}
}
