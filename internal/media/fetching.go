package media

import (
	"sync"

	"qiwei/internal/wire"
)

// maxFetching is how often one file may be fetched at the same time (doc 90313, 45033, which has media/get as
// its example). The number is unverified.
const maxFetching = 10

// fetching counts the downloads under way, by media_id.
type fetching struct {
	mu    sync.Mutex
	files map[string]int
}

// enter counts a download; leave, which may be called once, ends it. Beyond maxFetching it answers
// wire.ErrConcurrent if the limits are on.
func (f *fetching) enter(mediaID string, limited bool) (leave func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if limited && f.files[mediaID] >= maxFetching {
		return nil, wire.ErrConcurrent.With("%d downloads of this media_id are in progress", maxFetching)
	}
	if f.files == nil {
		f.files = map[string]int{}
	}
	f.files[mediaID]++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.files[mediaID]--; f.files[mediaID] == 0 {
			delete(f.files, mediaID)
		}
	}, nil
}
