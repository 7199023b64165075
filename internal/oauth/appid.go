package oauth

import (
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// named is what the appid and the agentid of a link name.
type named struct {
	corp  corp.Corp
	found bool     // the appid names a corp
	app   *app.App // nil where the link names none
	// refused says why the agentid cannot be used.
	refused *page.Problem
}

// resolve reads the appid and the agentid of a link; it is the one place that knows what
// an appid may be. In the links of a corp's own applications it is the corpid (doc 91022,
// 91019, 98152). In those of a provider it is a suite's id, which there are none of here.
func (s *Service) resolve(tx *store.Tx, appID, agentID string) (n named, err error) {
	if n.corp, n.found, err = s.corpOf(tx, appID); err != nil || !n.found {
		return n, err
	}
	n.app, n.refused, err = s.deps.Login.AppOf(tx, n.corp.CorpID, agentID)
	return n, err
}

// appID is what a page that shows the QR code hands back as appid: what its link named.
func (sc scan) appID() string { return sc.corpID }
