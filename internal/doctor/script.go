package doctor

import (
	"context"
	"fmt"

	"qiwei/internal/door"
)

// Scripts returns the call by which scripts have a receiver examined, in dev.
func (d *Doctor) Scripts() []door.Route {
	return []door.Route{door.Script("POST /_qiwei/callbacks/doctor", d.log, d.script)}
}

// order is a receiver as a script describes it.
type order struct {
	URL       string   `json:"url"`
	Token     string   `json:"token"`
	AESKey    string   `json:"encodingaeskey"`
	Kind      string   `json:"kind"`      // application, if it is not given
	ReceiveID string   `json:"receiveid"` // as in Patient
	Others    []string `json:"others"`
	Push      bool     `json:"push"`
}

func (d *Doctor) script(ctx context.Context, o order) (Report, error) {
	if o.Kind == "" {
		o.Kind = Application.String()
	}
	kind, ok := ParseKind(o.Kind)
	if !ok {
		return Report{}, door.Missing(fmt.Sprintf("kind: there is no %q; application, suite and robot are examined", o.Kind))
	}
	if len(o.Others) > othersMost {
		return Report{}, door.Missing(fmt.Sprintf("others: at most %d", othersMost))
	}
	return d.Examine(ctx, Patient{URL: o.URL, Token: o.Token, AESKey: o.AESKey, Kind: kind, ReceiveID: o.ReceiveID, Others: o.Others, Push: o.Push})
}

// othersMost bounds the requests that a script can have made.
const othersMost = 20
