package wire

// Len returns how many counts the limiter keeps.
func (l *Limiter) Len() (n int) {
	for i := range l.shards {
		l.shards[i].mu.Lock()
		n += len(l.shards[i].count)
		l.shards[i].mu.Unlock()
	}
	return n
}
