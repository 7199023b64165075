package console

import "qiwei/internal/checkup"

func (s *Service) checkupCalls() []call {
	return []call{{pattern: "GET /console/api/checkup", right: readCorp, handle: s.checkup}}
}

// checkup looks whether the server can be reached and is safe.
func (s *Service) checkup(v *visit) (any, error) {
	list, err := s.deps.Checkup(v.ctx(), v.corpID)
	return map[string]any{"worst": checkup.Worst(list), "findings": list}, err
}
