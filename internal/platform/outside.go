package platform

import (
	"qiwei/internal/archive"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/store"
)

// outside is those outside of an enterprise, for its archive: customers, and the groups that they are in.
type outside struct {
	*customer.Service
	groups *customergroup.Service
}

// Room returns who is in a group with customers.
func (o outside) Room(tx *store.Tx, corpID, roomID string) (archive.People, bool, error) {
	return o.groups.Room(tx, corpID, roomID)
}
