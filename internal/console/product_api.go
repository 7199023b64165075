package console

import (
	"errors"
	"time"

	"qiwei/internal/album"
	"qiwei/internal/store"
)

// Products (商品图册) are what members show to customers with a price.

func (s *Service) productCalls() []call {
	return []call{
		{pattern: "GET /console/api/products", right: readCorp, handle: s.listProducts},
		{pattern: "POST /console/api/products", right: editCorp, handle: s.createProduct},
		{pattern: "PUT /console/api/products/{product}", right: editCorp, handle: s.updateProduct},
		{pattern: "DELETE /console/api/products/{product}", right: editCorp, handle: s.deleteProduct},
	}
}

func (s *Service) listProducts(v *visit) (any, error) {
	after, err := v.number("after")
	if err != nil {
		return nil, err
	}
	type line struct {
		ID          string    `json:"product_id"`
		Description string    `json:"description"`
		Price       int64     `json:"price"` // fen
		Code        string    `json:"product_sn"`
		Images      []string  `json:"media_ids"`
		App         string    `json:"app,omitempty"`
		At          time.Time `json:"at"`
	}
	out := struct {
		Products []line `json:"products"`
		Next     int64  `json:"next,omitempty"`
	}{Products: []line{}}
	return &out, v.look(func(tx *store.Tx) error {
		apps, err := v.appNames(tx)
		if err != nil {
			return err
		}
		list, next, err := s.deps.Albums.Products(tx, v.corpID, after, 100)
		for _, p := range list {
			out.Products = append(out.Products, line{s.deps.Albums.ProductID(p), p.Description, p.Price, p.Code, orEmpty(p.Images), apps[p.App], p.CreatedAt})
		}
		out.Next = next
		return err
	})
}

type productForm struct {
	Description *string   `json:"description"`
	Price       *int64    `json:"price"`
	Code        *string   `json:"product_sn"`
	Images      *[]string `json:"media_ids"`
}

// productProblem says which field of the form a refusal is about.
func productProblem(err error) error {
	for _, one := range []struct {
		known error
		problem
	}{
		{album.ErrDescription, problem{422, "", "请填写商品描述，最多 300 个字符", "A description of 1 to 300 characters is needed.", "description"}},
		{album.ErrPrice, problem{422, "", "价格为 0 至 50000 元", "A price is 0 to 50,000 yuan.", "price"}},
		{album.ErrCode, problem{422, "", "商品编码由至多 128 个字母和数字组成", "A code has at most 128 letters and digits.", "product_sn"}},
		{album.ErrNoPicture, problem{422, "", "请添加 1–9 张图片", "1 to 9 pictures are needed.", "media_ids"}},
		{album.ErrNotFound, errGone},
		{album.ErrGone, errGone},
	} {
		if errors.Is(err, one.known) {
			return one.problem
		}
	}
	return err
}

func (s *Service) createProduct(v *visit) (any, error) {
	var req productForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var made string
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		if made, err = s.deps.Albums.Add(v.ctx(), tx, v.by, album.Change(req)); err != nil {
			return done{}, productProblem(err)
		}
		return done{"product.create", headOf(*req.Description), map[string]any{"product_id": made, "price": req.Price}}, nil
	})
	return map[string]string{"product_id": made}, err
}

func (s *Service) updateProduct(v *visit) (any, error) {
	var req productForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		product := v.r.PathValue("product")
		return done{"product.update", product, map[string]any{"product_id": product, "description": req.Description, "price": req.Price, "product_sn": req.Code}},
			productProblem(s.deps.Albums.Update(v.ctx(), tx, v.by, product, album.Change(req)))
	})
}

func (s *Service) deleteProduct(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		product := v.r.PathValue("product")
		return done{"product.delete", product, map[string]any{"product_id": product}}, productProblem(s.deps.Albums.Delete(v.ctx(), tx, v.by, product))
	})
}
