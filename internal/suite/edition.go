package suite

import "qiwei/internal/store"

// AgentEdition is how an installation is paid for, as a suite is told it (doc 91911).
type AgentEdition struct {
	AgentID   int64  `json:"agentid"`
	EditionID string `json:"edition_id"`
	Name      string `json:"edition_name"`
	Status    int64  `json:"app_status"`
	Users     int64  `json:"user_limit"`
	Expires   int64  `json:"expired_time"` // Unix seconds
	Virtual   bool   `json:"is_virtual_version"`
	Shared    bool   `json:"is_shared_from_other_corp"`
}

type editionInfo struct {
	Agents []AgentEdition `json:"agent"`
}

// editionOf asks the room that keeps editions.
func (s *Service) editionOf(tx *store.Tx, in Installation) (*editionInfo, error) {
	if s.deps.Editions == nil {
		return nil, nil
	}
	e, err := s.deps.Editions(tx, in)
	if err != nil || e == nil {
		return nil, err
	}
	return &editionInfo{[]AgentEdition{*e}}, nil
}
