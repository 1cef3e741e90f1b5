package kinesisserver

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
)

// Real numbers: the first is a shard's start, the others are records of AWS's documentation.
var realSequenceNumbers = []struct {
	text string
	want sequenceNumber
}{
	{"49615604846537535747729525809166215807130139976752168962", sequenceNumber{shardCreated: 1613588284, time: 1613588284}},
	{"49590338271490256608559692538361571095921575989136588898", sequenceNumber{shardCreated: 1542776258, record: 1734642199, time: 1545084650, shard: 6}},
	{"49590338271490256608559692540925702759324208523137515618", sequenceNumber{shardCreated: 1542776258, record: 1734644320, time: 1545084709, shard: 6}},
	{"49546986683135544286507457936321625675700192471156785154", sequenceNumber{shardCreated: 1421279230, record: 469, time: 1421279386}},
}

func TestSequenceNumberHasAWSStructure(t *testing.T) {
	for _, c := range realSequenceNumbers {
		t.Run(c.text, func(t *testing.T) {
			n, ok := parseSequenceNumber(c.text)
			if n != c.want {
				t.Errorf("parsed %+v, want %+v", n, c.want)
			}
			if !ok {
				t.Error("not recognised as version 2")
			}
			if got := c.want.String(); got != c.text {
				t.Errorf("formatted %s", got)
			}
		})
	}
}

func TestSequenceNumberAgreesWithBigIntegers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := sequenceNumber{
			shardCreated: rnd.Int64N(1 << 36), record: rnd.Uint64N(endOfShard + 1),
			time: rnd.Int64N(1 << 36), shard: rnd.Uint32N(maxShardIndex + 1),
		}
		hex := fmt.Sprintf("2%09x%x%016x00%09x%08x2", n.shardCreated, n.shard&0xf, n.record, n.time, n.shard)
		want, _ := new(big.Int).SetString(hex, 16)
		if n.String() != want.String() || len(n.String()) != sequenceDigits {
			t.Fatalf("%+v formatted as %s, want %s", n, n, want)
		}
		if back, ok := parseSequenceNumber(n.String()); !ok || back != n {
			t.Fatalf("%+v came back as %+v, %v", n, back, ok)
		}
	}
}

func TestSequenceNumberOfAnotherVersionIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "0", "5", "21267647932558653966460912964485513216",
		"00000000000000000000000000000000000000000000000000000000",
		"99999999999999999999999999999999999999999999999999999999",
		"4961560484653753574772952580916621580713013997675216896x",
		"496156048465375357477295258091662158071301399767521689620",
	} {
		if _, ok := parseSequenceNumber(text); ok {
			t.Errorf("%q was accepted", text)
		}
	}
}
