package store

import (
	"strconv"

	"qiwei/internal/id"
)

// Process names this process in what it leaves in a database: eight hexadecimal
// digits, drawn at the start.
var Process = id.Hex(4)

var processNumber = func() uint32 {
	n, err := strconv.ParseUint(Process, 16, 32)
	if err != nil {
		panic(err) // it is hexadecimal digits
	}
	return uint32(n)
}()

// Lives reports whether the process of that name has the database open, and whether
// that can be told. It can of a SQLite file, where all processes are this machine's;
// PostgreSQL's may be anywhere.
func (s *Store) Lives(process string) (alive, known bool) {
	lite, ok := s.backend.(*sqlite)
	n, err := strconv.ParseUint(process, 16, 32)
	if !ok || err != nil {
		return false, false
	}
	return lite.files.lives(uint32(n))
}
