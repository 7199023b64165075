package platform

import (
	"qiwei/internal/archive"
	"qiwei/internal/customer"
	"qiwei/internal/store"
)

// outside is those outside of an enterprise, for its archive: customers. Groups with customers are not built,
// so there is no room of theirs.
type outside struct{ *customer.Service }

// Room returns who is in a group with customers.
func (outside) Room(tx *store.Tx, corpID, roomID string) (archive.People, bool, error) {
	return nil, false, nil
}
