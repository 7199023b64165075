package console

import (
	"errors"
	"net/http"

	"qiwei/internal/hardware"
	"qiwei/internal/store"
)

// The secrets of a provider are shown once, when they are made. The old one and its tokens end.

type renewed struct {
	Secret string `json:"secret"`
}

func (s *Service) renewProviderSecret(v *visit) (any, error) {
	var out renewed
	return &out, v.change(func(tx *store.Tx) (done, error) {
		if _, err := v.provider(tx); err != nil {
			return done{}, err
		}
		p, err := s.deps.Suites.ResetProviderSecret(tx, v.corpID)
		out.Secret = p.Secret
		return done{"provider.secret", p.CorpID, map[string]any{}}, err
	})
}

func (s *Service) renewSuiteSecret(v *visit) (any, error) {
	var out renewed
	return &out, v.change(func(tx *store.Tx) (done, error) {
		of, err := v.suite(tx)
		if err != nil {
			return done{}, err
		}
		of, err = s.deps.Suites.ResetSecret(v.ctx(), tx, of.SuiteID)
		out.Secret = of.Secret
		return done{"suite.secret", of.Name, map[string]any{"suite_id": of.SuiteID}}, err
	})
}

// model returns the model of hardware that the path names, if it is the enterprise's own.
func (v *visit) model(tx *store.Tx) (hardware.Model, error) {
	m, err := v.s.deps.Models.Model(tx, v.r.PathValue("model"))
	if errors.Is(err, hardware.ErrNotFound) || err == nil && m.Partner != v.corpID {
		err = problem{http.StatusNotFound, "", "没有这个型号", "There is no such model.", ""}
	}
	return m, err
}

func (s *Service) renewModelSecret(v *visit) (any, error) {
	var out renewed
	return &out, v.change(func(tx *store.Tx) (done, error) {
		m, err := v.model(tx)
		if err != nil {
			return done{}, err
		}
		m, err = s.deps.Models.ResetModelSecret(tx, m.ModelID)
		out.Secret = m.Secret
		return done{"model.secret", m.Name, map[string]any{"model_id": m.ModelID}}, err
	})
}
