package album

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Product is something with a price and pictures. It is changed by the application that made it alone.
type Product struct {
	No          int64
	App         int64 // 0 is an administrator
	Description string
	Price       int64 // in fen
	Code        string
	Images      []string // media_ids that stay
	CreatedAt   time.Time
	Deleted     bool
}

// Change is what a call writes of a product. What is nil stays.
type Change struct {
	Description *string
	Price       *int64
	Code        *string
	Images      *[]string // media_ids
}

// Limits of products (doc 95096).
const (
	maxDescription = 300       // characters
	maxPrice       = 5_000_000 // fen, which is 50,000 yuan
	maxCode        = 128       // bytes
	maxPictures    = 9
	maxListed      = 100
	listedDefault  = 50
	maxProducts    = 100_000 // of a corp; unverified
)

var codeForm = regexp.MustCompile(`^[0-9A-Za-z]*$`)

func (c Change) valid() error {
	if c.Description != nil {
		if n := utf8.RuneCountInString(*c.Description); strings.TrimSpace(*c.Description) == "" || n > maxDescription {
			return ErrDescription.With("1 to %d characters expected, %d given", maxDescription, n)
		}
	}
	if c.Price != nil && (*c.Price < 0 || *c.Price > maxPrice) {
		return ErrPrice.With("0 to %d fen expected, %d given", maxPrice, *c.Price)
	}
	if c.Code != nil && (len(*c.Code) > maxCode || !codeForm.MatchString(*c.Code)) {
		return ErrCode.With("at most %d digits and letters expected", maxCode)
	}
	if c.Images != nil {
		switch n := len(*c.Images); {
		case n == 0:
			return ErrNoPicture
		case n > maxPictures:
			return errPictures.With("at most %d, %d given", maxPictures, n)
		}
	}
	return nil
}

// apply changes a product. Its pictures were uploaded for albums, or are those that it has already.
func (s *Service) apply(tx *store.Tx, by access.Caller, p *Product, c Change) error {
	if c.Description != nil {
		p.Description = *c.Description
	}
	if c.Price != nil {
		p.Price = *c.Price
	}
	if c.Code != nil {
		p.Code = *c.Code
	}
	if c.Images == nil {
		return nil
	}
	var now []string
	for i, given := range *c.Images {
		if slices.Contains(p.Images, given) && !slices.Contains(now, given) {
			now = append(now, given)
			continue
		}
		f, err := s.deps.Media.Find(tx, by.CorpID, media.Album, given, media.Image)
		if err == nil {
			f, err = s.deps.Media.Preserve(tx, by, f)
		}
		if err != nil {
			return fmt.Errorf("attachments[%d]: %w", i, err)
		}
		now = append(now, f.MediaID)
	}
	for _, old := range p.Images {
		if !slices.Contains(now, old) {
			if err := s.deps.Media.Forget(tx, by.CorpID, old); err != nil {
				return err
			}
		}
	}
	p.Images = now
	return nil
}

func (s *Service) productID(no int64) string { return s.deps.Box.Number(seal.ProductAlbum, no) }

// product returns the corp's product of an id. It answers ErrNotFound, and ErrGone for one that was deleted.
func (s *Service) product(tx *store.Tx, corpID, productID string) (Product, error) {
	no, err := s.deps.Box.OpenNumber(seal.ProductAlbum, productID)
	if err != nil {
		return Product{}, ErrNotFound
	}
	list, err := selectProducts(tx, `corpid = ? AND no = ?`, corpID, no)
	switch {
	case err != nil:
		return Product{}, err
	case len(list) == 0:
		return Product{}, ErrNotFound
	case list[0].Deleted:
		return Product{}, ErrGone
	}
	return list[0], nil
}

// own is product for one that the caller may change.
func (s *Service) own(tx *store.Tx, by access.Caller, productID string) (Product, error) {
	p, err := s.product(tx, by.CorpID, productID)
	if err == nil && !by.OfCorp() && p.App != by.App {
		err = wire.ErrNoPrivilege.With("the product was not made by this application")
	}
	return p, err
}

// Add makes a product. Doc 95096.
func (s *Service) Add(ctx context.Context, tx *store.Tx, by access.Caller, c Change) (productID string, err error) {
	switch {
	case c.Description == nil:
		return "", ErrDescription.With("description expected")
	case c.Price == nil:
		return "", ErrPrice.With("price expected")
	case c.Images == nil:
		return "", ErrNoPicture
	}
	if err := c.valid(); err != nil {
		return "", err
	}
	n, err := countProducts(tx, by.CorpID, 1)
	if err != nil {
		return "", err
	}
	if n > maxProducts {
		return "", ErrFull.With("at most %d", maxProducts)
	}
	p := Product{App: by.App, CreatedAt: tx.Now()}
	if err := s.apply(tx, by, &p, c); err != nil {
		return "", err
	}
	p.No, err = insertProduct(tx, by.CorpID, p)
	return s.productID(p.No), err
}

// Update changes a product of the caller's application. Doc 95096.
func (s *Service) Update(ctx context.Context, tx *store.Tx, by access.Caller, productID string, c Change) error {
	if err := c.valid(); err != nil {
		return err
	}
	p, err := s.own(tx, by, productID)
	if err != nil {
		return err
	}
	if err := s.apply(tx, by, &p, c); err != nil {
		return err
	}
	return updateProduct(tx, by.CorpID, p)
}

// Delete deletes a product of the caller's application. Doc 95096.
func (s *Service) Delete(ctx context.Context, tx *store.Tx, by access.Caller, productID string) error {
	p, err := s.own(tx, by, productID)
	if err != nil {
		return err
	}
	if err := s.apply(tx, by, &p, Change{Images: &[]string{}}); err != nil {
		return err
	}
	if _, err := countProducts(tx, by.CorpID, -1); err != nil {
		return err
	}
	p.Deleted = true
	return updateProduct(tx, by.CorpID, p)
}

// Products returns the corp's products in order, from behind the number after on, and the last number if there
// are more. Doc 95096.
func (s *Service) Products(tx *store.Tx, corpID string, after, limit int64) (list []Product, next int64, err error) {
	if limit <= 0 || limit > maxListed {
		limit = listedDefault
	}
	list, err = selectProducts(tx, `corpid = ? AND no > ? AND deleted_at = 0 ORDER BY no LIMIT ?`, corpID, after, limit+1)
	if int64(len(list)) > limit {
		list = list[:limit]
		next = list[limit-1].No
	}
	return list, next, err
}

func selectProducts(tx *store.Tx, where string, args ...any) (out []Product, err error) {
	err = tx.Each(`SELECT no, app, description, price, product_sn, images, created_at, deleted_at FROM album WHERE `+where, args, func(rows *store.Rows) error {
		var p Product
		var images string
		var created, deleted int64
		if err := rows.Scan(&p.No, &p.App, &p.Description, &p.Price, &p.Code, &images, &created, &deleted); err != nil {
			return err
		}
		p.CreatedAt, p.Deleted = time.Unix(created, 0).UTC(), deleted > 0
		err := json.Unmarshal([]byte(images), &p.Images)
		out = append(out, p)
		return err
	})
	return out, err
}

// countProducts counts n more products, and makes other transactions that do wait for this one.
func countProducts(tx *store.Tx, corpID string, n int64) (int64, error) {
	_, err := tx.Exec(`INSERT INTO album_size (corpid, albums) VALUES (?, ?) ON CONFLICT (corpid) DO UPDATE SET albums = album_size.albums + excluded.albums`, corpID, n)
	if err != nil {
		return 0, fmt.Errorf("count products: %w", err)
	}
	return tx.Count(`SELECT albums FROM album_size WHERE corpid = ?`, corpID)
}

func insertProduct(tx *store.Tx, corpID string, p Product) (int64, error) {
	images, err := json.Marshal(p.Images)
	if err != nil {
		return 0, err
	}
	no, err := tx.Insert(`INSERT INTO album (corpid, app, description, price, product_sn, images, created_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
		corpID, p.App, p.Description, p.Price, p.Code, string(images), p.CreatedAt.Unix())
	if err != nil {
		return 0, fmt.Errorf("insert product: %w", err)
	}
	return no, nil
}

func updateProduct(tx *store.Tx, corpID string, p Product) error {
	images, err := json.Marshal(p.Images)
	if err != nil {
		return err
	}
	deleted := int64(0)
	if p.Deleted {
		deleted = tx.Now().Unix()
	}
	_, err = tx.Exec(`UPDATE album SET description = ?, price = ?, product_sn = ?, images = ?, deleted_at = ? WHERE corpid = ? AND no = ?`,
		p.Description, p.Price, p.Code, string(images), deleted, corpID, p.No)
	return err
}

// ProductID returns the id of a product.
func (s *Service) ProductID(p Product) string { return s.productID(p.No) }
