package customer

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Channel is a way of a room above by which customers come, such as acquisition links.
type Channel interface {
	// Open is a WeChat user who opens a link. Ok is false for one that is not the channel's. Leads is false for
	// one that leads to nobody now, which is noted all the same.
	Open(ctx context.Context, tx *store.Tx, by access.Caller, link string) (leads, ok bool, err error)
	// Lead says whom a customer who comes by a link comes to, and with what. Customer is our number, 0 for
	// somebody new.
	Lead(ctx context.Context, tx *store.Tx, by access.Caller, customer int64, a *Arrival) error
}

// Through adds a channel, while the server is put together.
func (s *Service) Through(c Channel) { s.channels = append(s.channels, c) }

// OnBefriended has fn called when a customer and a member have become friends, or the customer has asked, in
// that transaction.
func (s *Service) OnBefriended(fn func(ctx context.Context, tx *store.Tx, by access.Caller, a Arrival, f Follow) error) {
	s.befriended = append(s.befriended, fn)
}

// OnHeard has fn called when a member has received a customer's message, in that transaction.
func (s *Service) OnHeard(fn func(ctx context.Context, tx *store.Tx, by access.Caller, f Follow) error) {
	s.heard = append(s.heard, fn)
}

// openLink finds the channel of a link and opens the link, in a transaction of its own.
func (s *Service) openLink(ctx context.Context, corpID, link string) (from Channel, err error) {
	leads := false
	err = s.script(ctx, corpID, func(tx *store.Tx, by access.Caller) error {
		for _, c := range s.channels {
			can, ok, err := c.Open(ctx, tx, by, link)
			if err != nil {
				return err
			}
			if ok {
				from, leads = c, can
			}
		}
		return nil
	})
	switch {
	case err != nil:
	case from == nil:
		err = wire.ErrParameter.With("link: the qr_code of a contact way, or an acquisition link expected")
	case !leads:
		err = wire.ErrParameter.With("link: nobody can be added by it now")
	}
	return from, err
}
