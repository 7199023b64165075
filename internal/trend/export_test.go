package trend

// Enterprises returns how many are counted in the present minute.
func (s *Service) Enterprises() (n int) {
	s.minute().corps.Range(func(any, any) bool { n++; return true })
	return n
}
