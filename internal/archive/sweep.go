package archive

import "context"

// Sweep has nothing to delete.
func (s *Service) Sweep(context.Context) error { return nil }
