package sqltest

import (
	"fmt"
	"math/big"
)

// middleOf returns the middle of a range of hash keys.
func middleOf(start, end string) (string, error) {
	low, ok1 := new(big.Int).SetString(start, 10)
	high, ok2 := new(big.Int).SetString(end, 10)
	if !ok1 || !ok2 {
		return "", fmt.Errorf("bad hash key range %s to %s", start, end)
	}
	return low.Add(low, high).Rsh(low, 1).String(), nil
}
