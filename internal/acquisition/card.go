package acquisition

import (
	"net/url"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// cardParameter marks the address behind a name card. Whoever opens one is not counted among those who have opened
// the link; everything else of it is counted (doc 94677).
const cardParameter = "card"

// Card returns where the name card of a link leads, for a room that sends one. It answers 40058 for what is no
// link of the corp; whose application made it does not matter (unverified).
func (s *Service) Card(tx *store.Tx, corpID, address string) (string, error) {
	linkID, _, ok := parse(address)
	if !ok {
		return "", wire.ErrParameter.With("the address of an acquisition link expected")
	}
	list, err := selectLinks(tx, `corpid = ? AND link_id = ?`, corpID, linkID)
	if err == nil && len(list) == 0 {
		err = wire.ErrParameter.With("the enterprise has no acquisition link %q", linkID)
	}
	if err != nil {
		return "", err
	}
	u, err := plain(address)
	if err != nil {
		return "", err // parse has read it
	}
	q := u.Query()
	q.Set(cardParameter, "1")
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// ofCard reports whether an address is that of a card.
func ofCard(address string) bool {
	u, err := plain(address)
	return err == nil && u.Query().Get(cardParameter) != ""
}

// plain returns the address of a link, also of its form that WeChat opens directly.
func plain(address string) (*url.URL, error) {
	text, err := unwrapped(address)
	if err != nil {
		return nil, err
	}
	return url.Parse(text)
}
