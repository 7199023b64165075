package oauth

import (
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// named is what a link's appid and agentid name.
type named struct {
	corp  corp.Corp
	found bool     // the appid names a corp
	app   *app.App // nil if the link names none
	// refused says why the agentid cannot be used.
	refused *page.Problem
}

// resolve reads a link's appid and agentid. It is the only place that knows what an appid may be. In the
// links of a corp's own applications it is the corpid (doc 91022, 91019, 98152). In those of a provider it is
// a suite's id, and there are none here.
func (s *Service) resolve(tx *store.Tx, appID, agentID string) (n named, err error) {
	if n.corp, n.found, err = s.corpOf(tx, appID); err != nil || !n.found {
		return n, err
	}
	n.app, n.refused, err = s.deps.Login.AppOf(tx, n.corp.CorpID, agentID)
	return n, err
}

// appID returns the appid that a QR page passes back: the one in its link.
func (sc scan) appID() string { return sc.corpID }
