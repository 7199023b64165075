package album

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const listPath = "get_product_album_list"

func (s *Service) productEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		customer.Endpoint("POST", "add_product_album", 95096, wire.Write(s.addProductAlbum), permit),
		customer.Endpoint("POST", "get_product_album", 95096, wire.Read(s.getProductAlbum), permit),
		customer.Endpoint("POST", listPath, 95096, wire.Read(s.getProductAlbumList), permit),
		customer.Endpoint("POST", "update_product_album", 95096, wire.Write(s.updateProductAlbum), permit),
		customer.Endpoint("POST", "delete_product_album", 95096, wire.Write(s.deleteProductAlbum), permit),
	}
}

// attachment is a picture. Its kind is in type, not in msgtype as elsewhere.
type (
	attachment struct {
		Type  string  `json:"type"`
		Image *imaged `json:"image"`
	}
	imaged struct {
		MediaID string `json:"media_id"`
	}
	settings struct {
		Description *string       `json:"description"`
		Price       *int64        `json:"price"` // in fen
		Code        *string       `json:"product_sn"`
		Attachments *[]attachment `json:"attachments"`
	}
	productIDAnswer struct {
		ProductID string `json:"product_id"`
	}
)

func (r settings) change() (Change, error) {
	c := Change{Description: r.Description, Price: r.Price, Code: r.Code}
	if r.Attachments == nil {
		return c, nil
	}
	images := make([]string, len(*r.Attachments))
	for i, a := range *r.Attachments {
		if a.Type != "image" || a.Image == nil {
			return c, errPicture.With("attachments[%d]: type image and its object expected", i)
		}
		images[i] = a.Image.MediaID
	}
	c.Images = &images
	return c, nil
}

func (s *Service) addProductAlbum(ctx context.Context, tx *store.Tx, by access.Caller, req settings) (resp productIDAnswer, err error) {
	c, err := req.change()
	if err == nil {
		resp.ProductID, err = s.Add(ctx, tx, by, c)
	}
	return resp, err
}

type (
	productIDRequest struct {
		ProductID string `json:"product_id"`
	}
	getProductAlbumResponse struct {
		Product *productAnswer `json:"product"`
	}
	productAnswer struct {
		ProductID   string       `json:"product_id"`
		Description string       `json:"description"`
		Price       int64        `json:"price"`
		CreateTime  int64        `json:"create_time"`
		Code        string       `json:"product_sn"`
		Attachments []attachment `json:"attachments"`
	}
)

func (s *Service) getProductAlbum(ctx context.Context, tx *store.Tx, by access.Caller, req productIDRequest) (resp getProductAlbumResponse, err error) {
	p, err := s.product(tx, by.CorpID, req.ProductID)
	if err != nil {
		return resp, err
	}
	return getProductAlbumResponse{&productAnswer{req.ProductID, p.Description, p.Price, p.CreatedAt.Unix(), p.Code, pictures(p)}}, nil
}

func pictures(p Product) (out []attachment) {
	for _, i := range p.Images {
		out = append(out, attachment{"image", &imaged{i}})
	}
	return out
}

type (
	getProductAlbumListRequest struct {
		Limit  int64  `json:"limit"`
		Cursor string `json:"cursor"`
	}
	getProductAlbumListResponse struct {
		Next     string          `json:"next_cursor"`
		Products []listedProduct `json:"product_list"`
	}
	listedProduct struct {
		ProductID   string       `json:"product_id"`
		Description string       `json:"description"`
		Price       int64        `json:"price"`
		Code        string       `json:"product_sn"`
		Attachments []attachment `json:"attachments"`
	}
)

func (s *Service) getProductAlbumList(ctx context.Context, tx *store.Tx, by access.Caller, req getProductAlbumListRequest) (resp getProductAlbumListResponse, err error) {
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "/cgi-bin/externalcontact/" + listPath}
	after, err := cursor.Open(by, req.Cursor)
	if err != nil {
		return resp, err
	}
	list, next, err := s.Products(tx, by.CorpID, after, req.Limit)
	for _, p := range list {
		resp.Products = append(resp.Products, listedProduct{s.productID(p.No), p.Description, p.Price, p.Code, pictures(p)})
	}
	if next != 0 {
		resp.Next = cursor.Next(by, next)
	}
	return resp, err
}

type updateProductAlbumRequest struct {
	ProductID string `json:"product_id"`
	settings
}

func (s *Service) updateProductAlbum(ctx context.Context, tx *store.Tx, by access.Caller, req updateProductAlbumRequest) (none wire.None, err error) {
	c, err := req.change()
	if err == nil {
		err = s.Update(ctx, tx, by, req.ProductID, c)
	}
	return none, err
}

func (s *Service) deleteProductAlbum(ctx context.Context, tx *store.Tx, by access.Caller, req productIDRequest) (none wire.None, err error) {
	return none, s.Delete(ctx, tx, by, req.ProductID)
}
