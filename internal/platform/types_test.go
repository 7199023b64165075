package platform_test

import (
	"testing"

	"qiwei/internal/platform"
	"qiwei/internal/wire"
)

// TestEndpointTypes: every field of every request can be read, and of every answer written. It panics with the field
// that cannot.
func TestEndpointTypes(t *testing.T) {
	t.Parallel()
	if all := platform.Endpoints(); len(all) > 0 {
		wire.CheckTypes(all)
	} else {
		t.Error("no endpoints")
	}
}
