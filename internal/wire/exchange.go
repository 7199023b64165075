package wire

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// exchange is one request being answered.
type exchange struct {
	ep       *mounted
	store    *store.Store
	hint     string
	by       access.Caller
	from     netip.Addr
	query    query
	start    time.Time
	at       time.Time // see now
	admitted bool      // it has passed the checks of admit
	clean    bool
	body     []byte
	fault    string // what becomes of its answer on purpose
	shown    *shown // the ids of the answer, as the caller knows them
	debug    bool   // asked for with debug=1; the hint then stands in every message

	underWay *atomic.Int64 // holds one for this call, where Concurrent is set

	few [6]parameter  // storage for query, if it is short
	id  func() string // name, made once for all the requests that x serves
}

// exchanges are reused: one takes a kilobyte, and most calls need little else.
var exchanges = sync.Pool{New: func() any {
	x := &exchange{}
	x.id = x.name
	return x
}}

// done gives the exchange back. Nothing may hold it any more.
func (x *exchange) done() {
	*x = exchange{id: x.id}
	exchanges.Put(x)
}

// now returns the call's one time by the server's clock: the time of the first use, because most calls never
// need it.
func (x *exchange) now() time.Time {
	if x.at.IsZero() {
		x.at = x.store.Now()
	}
	return x.at
}

// name returns what names the call in the log and, as the hint, in an error message. It is made on first use.
func (x *exchange) name() string {
	if x.hint == "" {
		x.hint = id.Hint(x.now())
	}
	return x.hint
}

// tail is what follows the text in an error message: where to look the call up.
func (x *exchange) tail(code int) string {
	from := ""
	if x.from.IsValid() {
		from = x.from.Unmap().String()
	}
	return fmt.Sprintf(", hint: [%s], from ip: %s, more info at https://open.work.weixin.qq.com/devtool/query?e=%d", x.id(), from, code)
}
