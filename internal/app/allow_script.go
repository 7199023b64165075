package app

import (
	"context"
	"log/slog"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/store"
)

// allowScript is an administrator who lets an application do more. What is left out stays.
type allowScript struct {
	CorpID  string `json:"corpid"`
	AgentID int64  `json:"agentid"`
	// Callable are kinds of built-in applications whose calls it may make from now on.
	Callable        []access.Kind `json:"callable"`
	CustomWorkbench *bool         `json:"custom_workbench"`
}

type allowAnswer struct {
	Callable        []access.Kind `json:"callable"`
	CustomWorkbench bool          `json:"custom_workbench"`
}

func (s *Service) allowScript(st *store.Store, log *slog.Logger) door.Route {
	return door.Script("POST /_qiwei/apps/allow", log, func(ctx context.Context, req allowScript) (answer allowAnswer, err error) {
		err = st.Write(ctx, func(tx *store.Tx) error {
			a, err := s.scripted(tx, req.CorpID, req.AgentID)
			if err != nil {
				return err
			}
			for _, k := range req.Callable {
				a.List(k, true)
			}
			if req.CustomWorkbench != nil {
				a.CustomWorkbench = *req.CustomWorkbench
			}
			answer = allowAnswer{a.Callable, a.CustomWorkbench}
			return s.UpdateApp(ctx, tx, a)
		})
		return answer, err
	})
}
