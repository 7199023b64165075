package store

// pgSent is a statement that nobody waits for. It is sent with the next one that somebody waits for: a round
// trip costs more than most statements.
type pgSent struct {
	query   string
	values  [][]byte
	formats []int16
	then    rowsChanged

	statement *pgStatement // once it was queued
}

// Beyond these limits, statements are sent by themselves: neither side may wait for the other to read.
const (
	pgSentMost  = 100
	pgSentBytes = 256 << 10
)

func (t *pgTx) send(query string, args []any, then rowsChanged) error {
	if t.on == nil {
		n, err := t.exec(query, args)
		if err == nil {
			err = then.report(n)
		}
		return err
	}
	values, formats, err := pgParameters(args)
	if err != nil {
		return err
	}
	t.sent = append(t.sent, pgSent{query: query, values: values, formats: formats, then: then})
	for _, v := range values {
		t.size += len(v)
	}
	if len(t.sent) < pgSentMost && t.size < pgSentBytes {
		return nil
	}
	return t.flush()
}

func (t *pgTx) flush() error {
	if len(t.sent) == 0 {
		return nil
	}
	s := t.on
	if s.broken != nil {
		return s.broken
	}
	t.trip()
	before := t.queue()
	if err := s.sync(); err != nil {
		return err
	}
	check, err := t.collect(before)
	if err == nil {
		err = s.settle(0)
	}
	if err == nil {
		err = check
	}
	return err
}

func (t *pgTx) drop() { t.sent, t.size = nil, 0 }

// queue puts what was sent before the statement that is queued next.
func (t *pgTx) queue() []pgSent {
	before := t.sent
	for i, st := range before {
		before[i].statement = t.on.bind(st.query, st.values, st.formats)
	}
	t.drop()
	return before
}

// collect reads the answers to what queue has queued. After an error there is nothing more to read. check is
// the first error of the check functions.
func (t *pgTx) collect(before []pgSent) (check, err error) {
	for i, st := range before {
		n, err := t.on.finish(st.query, st.statement)
		if err != nil {
			for _, skipped := range before[i+1:] {
				t.on.forgetUnready(skipped.query, skipped.statement)
			}
			return nil, err
		}
		if failed := st.then.report(n); check == nil {
			check = failed
		}
	}
	return check, nil
}
