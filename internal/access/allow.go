package access

import "maps"

// Level says how far a kind of caller may go at an endpoint.
type Level int

// The levels, from none to all. Where an endpoint's row has no level for a
// kind, it is Nothing.
const (
	Nothing    Level = iota // refused: 48002, or 48008 to a contacts-edit grant
	InRange                 // within the caller's visible range
	Own                     // only what the caller itself made (tags, jobs)
	Historical              // everything, but only from a historical IP; else 48009
	All                     // everything in the corp
	Edit                    // everything, if the corp lets its contact sync edit; else 48002
	Customers               // within the visible range, if the application may call customer contact; else 48002
	Listed                  // within the visible range, if the corp lists the application among those that may call the endpoint's family (可调用接口的应用); else 48002
)

func (l Level) String() string {
	return [...]string{"-", "range", "own", "historical-ip", "all", "edit", "customers", "listed"}[l]
}

// Allow is an endpoint's row in the permission table.
type Allow map[Kind]Level

// To returns a row that grants the level to each of the kinds.
func To(l Level, kinds ...Kind) Allow {
	a := Allow{}
	for _, k := range kinds {
		a[k] = l
	}
	return a
}

// And returns the row with those of b added; where both speak of a kind, b wins.
func (a Allow) And(b Allow) Allow {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
