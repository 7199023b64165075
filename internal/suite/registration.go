package suite

import "qiwei/internal/store"

// RegisterCodeInfo is the registration that an installation came with (doc 100776).
type RegisterCodeInfo struct {
	Code     string `json:"register_code"`
	Template string `json:"template_id"`
	State    string `json:"state,omitempty"`
}

// registeredBy asks the room that keeps registrations.
func (s *Service) registeredBy(tx *store.Tx, in Installation) (*RegisterCodeInfo, error) {
	if s.deps.Registered == nil {
		return nil, nil
	}
	return s.deps.Registered(tx, in)
}
