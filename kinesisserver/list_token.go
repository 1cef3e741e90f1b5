package kinesisserver

import (
	"encoding/json"
	"time"
)

// listToken is what a NextToken says: which listing it continues, and after what.
type listToken struct {
	Operation string
	Issued    int64 // epoch milliseconds
	Account   string
	Region    string
	Stream    string
	StreamID  uint64
	After     string
	Filter    *shardFilter `json:",omitempty"`
}

// newListToken returns the text of a token issued now.
func (c *call) newListToken(t listToken) (string, error) {
	t.Operation, t.Issued = c.op.name, c.now.UnixMilli()
	plain, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	return c.srv.sealer.seal(kindListToken, plain), nil
}

// openListToken reads a token that this operation has handed out before.
func (c *call) openListToken(text string) (listToken, error) {
	var t listToken
	plain, ok := c.srv.sealer.open(kindListToken, text)
	if !ok || json.Unmarshal(plain, &t) != nil || t.Operation != c.op.name {
		return t, errInvalidArgument("Invalid NextToken.")
	}
	if c.now.Sub(time.UnixMilli(t.Issued)) > nextTokenLifetime {
		return t, errorf(codeExpiredNextToken, "NextToken expired. It was issued more than %d seconds ago.",
			int(nextTokenLifetime.Seconds()))
	}
	return t, nil
}

func checkNextToken(ck *checks, token *string) {
	if token != nil {
		ck.text("nextToken", *token, 1, maxNextTokenLength)
	}
}
