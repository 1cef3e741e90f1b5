package expr

import (
	"math/rand/v2"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

func randomFunctions() []*Function {
	volatile := func(name, doc string, s Signature) *Function {
		return &Function{Name: name, Category: "Arithmetic", Doc: doc, Volatile: true, Signatures: []Signature{s}}
	}
	return []*Function{
		volatile("RAND", "A random number from 0.0 up to, but without, 1.0, another for each row.", Signature{
			Type:   returns(types.Of(types.Double)),
			Kernel: toFixed(func(*Context, []batch.Column, int) float64 { return rand.Float64() }), //nolint:gosec // not for security
		}),
		volatile("RAND_INTEGER", "A random whole number from 0 up to, but without, n, another for each row; 0 if n is not positive.", Signature{
			Params: []Param{intArg}, Type: returns(types.Of(types.Int)),
			Kernel: toFixed(func(_ *Context, args []batch.Column, row int) int32 {
				n := min(intAt(args, 0, row), 1<<31)
				if n <= 0 {
					return 0
				}
				return int32(rand.Int64N(n)) //nolint:gosec // not for security
			}),
		}),
		volatile("UUID", "A random UUID (version 4), another for each row.", Signature{Type: returns(types.String), Kernel: uuids}),
	}
}

func uuids(_ *Call, _ *Context, _ []batch.Column, rows int) (batch.Column, error) {
	const size = 36
	offsets, data := make([]int32, rows+1), make([]byte, 0, size*rows)
	for row := range rows {
		high, low := rand.Uint64(), rand.Uint64() //nolint:gosec // an identifier, not a secret
		high = high&^0xf000 | 0x4000
		low = low&^(3<<62) | 2<<62
		for i := range 32 {
			word := high
			if i >= 16 {
				word = low
			}
			if i == 8 || i == 12 || i == 16 || i == 20 {
				data = append(data, '-')
			}
			data = append(data, "0123456789abcdef"[word>>(60-4*(i%16))&15])
		}
		offsets[row+1] = int32(len(data))
	}
	return batch.NewBytes(offsets, data, nil), nil
}
