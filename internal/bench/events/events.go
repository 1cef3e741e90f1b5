// Package events makes the JSON records that benchmarks and load tests read: web, sensor and order
// events as a shop's stream would carry them.
//
// It owns the shape of the records and nothing that reads them. Equal arguments give equal bytes on
// every machine.
package events

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/penstock-io/penstock/internal/types"
)

// Span is the event time that a set of records covers, whatever their number, so that a set has
// the same windows at any size: 30 of 10 seconds.
const Span = 5 * time.Minute

// Start is the event time of the first record, disorder aside.
var Start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// disorder is how far a record may lie from its place in time, to either side.
const disorder = 2 * time.Second

// users is how many users there can be; Zipf's law makes the first of them the busiest.
const users = 100_000

// Schema returns the 15 top-level fields of the records.
func Schema() types.Schema {
	return types.Schema{
		{Name: "event_id", Type: types.String},
		{Name: "event_type", Type: types.String},
		{Name: "ts", Type: types.Timestamp3},
		{Name: "user_id", Type: types.String},
		{Name: "session_id", Type: types.String},
		{Name: "url", Type: types.String},
		{Name: "referrer", Type: types.String},
		{Name: "user_agent", Type: types.String},
		{Name: "device", Type: types.String},
		{Name: "geo", Type: types.Of(types.JSON)},
		{Name: "price", Type: types.Of(types.Double)},
		{Name: "quantity", Type: types.Of(types.Int)},
		{Name: "is_member", Type: types.Of(types.Boolean)},
		{Name: "tags", Type: types.Of(types.JSON)},
		{Name: "note", Type: types.String},
	}
}

// Wanted returns the fields that a typical query reads: event_type, ts, user_id, price, quantity.
func Wanted() types.Schema {
	schema := Schema()
	return types.Schema{schema[1], schema[2], schema[3], schema[10], schema[11]}
}

// Events returns n records of about 546 bytes, in order of arrival. Their times rise evenly over
// Span with a disorder of up to two seconds. Three kinds of producers, chosen at random, write the
// same fields in three different orders.
func Events(n int, seed uint64) [][]byte {
	g := newGenerator(seed)
	records := make([][]byte, n)
	var chunk []byte
	for i := range records {
		const room = 1024 // more than a record needs
		if cap(chunk)-len(chunk) < room {
			chunk = make([]byte, 0, 256*room)
		}
		start := len(chunk)
		chunk = g.append(chunk, i, Start.Add(Span*time.Duration(i)/time.Duration(n)))
		records[i] = chunk[start:len(chunk):len(chunk)]
	}
	return records
}

// orders are the field orders of the three producers, by position in Schema.
var orders = [3][15]int{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14},
	{2, 0, 8, 1, 3, 9, 10, 11, 12, 4, 7, 5, 6, 14, 13},
	{1, 0, 3, 4, 10, 11, 2, 12, 13, 9, 5, 6, 8, 7, 14},
}

var (
	kinds   = [3][]string{{"page_view", "click", "search"}, {"reading", "heartbeat"}, {"order", "refund"}}
	paths   = []string{"product", "category", "search", "basket", "account\\/orders"}
	agents  = []string{"Mozilla\\/5.0 (X11; Linux x86_64) AppleWebKit\\/537.36 (KHTML, like Gecko) Chrome\\/126.0.0.0 Safari\\/537.36", "Mozilla\\/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit\\/605.1.15 Mobile\\/15E148", "shop-android\\/8.41 (Pixel 8; Android 14)"}
	devices = []string{"desktop", "phone", "tablet", "sensor-gateway"}
	places  = []string{`"country":"DE","city":"Köln"`, `"country":"US","city":"New York"`, `"country":"JP","city":"東京"`, `"country":"BR","city":"S\u00e3o Paulo"`, `"country":"FR","city":"Lyon"`}
	tags    = []string{"new", "sale", "gift", "beta", "mobile", "night"}
	notes   = []string{"left at the front door", `said \"call me\" twice`, "déjà vu, again", `line one\nline two`, "", `caf\u00e9 \u2615 at noon`}
)

type generator struct {
	random *rand.Rand
	user   *rand.Zipf
}

func newGenerator(seed uint64) *generator {
	random := rand.New(rand.NewPCG(seed, 0))
	return &generator{random: random, user: rand.NewZipf(random, 1.2, 8, users-1)}
}

func (g *generator) append(dst []byte, i int, at time.Time) []byte {
	kind := g.random.IntN(len(orders))
	at = at.Add(time.Duration(g.random.Int64N(int64(2*disorder))) - disorder)
	dst = append(dst, '{')
	for n, field := range orders[kind] {
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = g.appendField(dst, field, i, kind, at)
	}
	return append(dst, '}')
}

func (g *generator) appendField(dst []byte, field, i, kind int, at time.Time) []byte {
	switch field {
	case 0:
		dst = append(dst, `"event_id":"`...)
		return append(g.hex(dst, 32), '"')
	case 1:
		return g.pick(append(dst, `"event_type":"`...), kinds[kind], '"')
	case 2:
		layout := "2006-01-02T15:04:05.000Z"
		if kind == 1 {
			layout = "2006-01-02T15:04:05.000000Z"
		}
		return append(at.AppendFormat(append(dst, `"ts":"`...), layout), '"')
	case 3:
		dst = append(dst, `"user_id":"u`...)
		return append(strconv.AppendUint(dst, 1_000_000+g.user.Uint64(), 10), '"')
	case 4:
		return append(g.hex(append(dst, `"session_id":"`...), 24), '"')
	case 5:
		dst = g.pick(append(dst, `"url":"https:\/\/shop.example.com\/`...), paths, '/')
		return append(strconv.AppendInt(append(dst, "?item="...), int64(g.random.IntN(1_000_000)), 10), `&page=1&ref=newsletter"`...)
	case 6:
		return g.pick(append(dst, `"referrer":"https:\/\/www.example.org\/`...), paths, '"')
	case 7:
		return g.pick(append(dst, `"user_agent":"`...), agents, '"')
	}
	return g.appendLateField(dst, field, i, kind)
}

func (g *generator) appendLateField(dst []byte, field, i, kind int) []byte {
	switch field {
	case 8:
		return g.pick(append(dst, `"device":"`...), devices, '"')
	case 9:
		return g.pick(append(dst, `"geo":{`...), places, '}')
	case 10:
		dst = append(dst, `"price":`...)
		return strconv.AppendFloat(dst, float64(g.random.IntN(50_000))/100, 'f', 2, 64)
	case 11:
		return strconv.AppendInt(append(dst, `"quantity":`...), int64(1+g.random.IntN(12)), 10)
	case 12:
		return strconv.AppendBool(append(dst, `"is_member":`...), (i+kind)%3 == 0)
	case 13:
		dst = g.pick(append(dst, `"tags":["`...), tags, '"')
		dst = g.pick(append(dst, `,"`...), tags, '"')
		return append(dst, ']')
	}
	return g.pick(append(dst, `"note":"`...), notes, '"')
}

func (g *generator) pick(dst []byte, from []string, end byte) []byte {
	return append(append(dst, from[g.random.IntN(len(from))]...), end)
}

func (g *generator) hex(dst []byte, digits int) []byte {
	for range digits {
		dst = append(dst, "0123456789abcdef"[g.random.IntN(16)])
	}
	return dst
}
