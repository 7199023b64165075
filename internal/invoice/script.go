package invoice

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts act as members with WeChat, in dev.
func (s *Service) Scripts() []door.Route {
	log := s.deps.Log
	return []door.Route{
		door.Script("POST /_qiwei/invoice/add", log, s.scriptAdd),
		door.Script("POST /_qiwei/invoice/choose", log, s.scriptChoose),
		door.Script("POST /_qiwei/invoice/lock", log, func(ctx context.Context, req cardScript) (none, error) { return s.scriptLock(ctx, req, true) }),
		door.Script("POST /_qiwei/invoice/unlock", log, func(ctx context.Context, req cardScript) (none, error) { return s.scriptLock(ctx, req, false) }),
	}
}

// Routes returns the address of invoices as files.
func (s *Service) Routes() []door.Route {
	return []door.Route{{Pattern: "GET /invoice/{corpid}/{card}/{code}", Handler: http.HandlerFunc(s.servePDF)}}
}

type (
	none      struct{}
	addScript struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"`
		Paper
	}
	memberScript struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"`
	}
	cardScript struct {
		CorpID string `json:"corpid"`
		Card
	}
	// chosen is an invoice as chooseInvoice returns it.
	chosen struct {
		Card
		AppID string `json:"app_id"`
	}
	chooseAnswer struct {
		Invoices []chosen `json:"choose_invoice_info"`
	}
)

// inCorp runs a script in one write transaction.
func (s *Service) inCorp(ctx context.Context, corpID string, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, corpID); errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
		} else if err != nil {
			return err
		}
		return fn(tx, access.System(corpID))
	})
}

func (s *Service) scriptAdd(ctx context.Context, req addScript) (answer chosen, err error) {
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		i, err := s.Add(ctx, tx, by, req.UserID, req.Paper)
		answer = chosen{i.Card, req.CorpID}
		return err
	})
	return answer, err
}

func (s *Service) scriptChoose(ctx context.Context, req memberScript) (answer chooseAnswer, err error) {
	answer.Invoices = []chosen{}
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		list, err := s.Choosable(ctx, tx, by, req.UserID)
		for _, i := range list {
			answer.Invoices = append(answer.Invoices, chosen{i.Card, req.CorpID})
		}
		return err
	})
	return answer, err
}

// scriptLock has another account lock an invoice, to which the member has handed it in too.
func (s *Service) scriptLock(ctx context.Context, req cardScript, locked bool) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error { return s.Lock(tx, by, req.Card, locked) })
}
