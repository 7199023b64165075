package mcp

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	_ "image/gif" // DecodeConfig knows them
	_ "image/jpeg"
	_ "image/png"
	"slices"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wedoc"
)

// docTools are the tools of documents: texts, spreadsheets (sheet.go), smart sheets (smartsheet.go) and smart documents.
func (s *Service) docTools() []tool {
	return slices.Concat([]tool{
		writes("create_doc", "新建空白文档（doc_type 3）、在线表格（4）或智能表格（10）", s.createDoc),
		reads("get_doc_content", "以 Markdown 格式读取文档、在线表格或智能文档的完整内容", s.getDocContent),
		writes("edit_doc_content", "用 Markdown 覆写文档正文，会替换全部内容", s.editDocContent),
		writes("smartpage_create", "创建智能文档，可包含多个子页面", s.smartpageCreate),
		writes("smartpage_export_task", "发起智能文档内容导出任务，返回 task_id", s.smartpageExport),
		reads("smartpage_get_export_result", "查询智能文档导出任务的结果", s.smartpageExported),
		s.uploadImageTool(), s.uploadFileTool(),
	}, s.sheetTools(), s.smartsheetTools())
}

// whichDoc names a document by its docid or its address.
type whichDoc struct {
	DocID string `json:"docid" most:"256" about:"文档的 docid，与 url 二选一"`
	URL   string `json:"url" most:"2048" about:"文档的访问链接，与 docid 二选一"`
}

func (w whichDoc) id() (string, error) {
	if w.DocID != "" {
		return w.DocID, nil
	}
	if docID := wedoc.DocIDOf(w.URL); docID != "" {
		return docID, nil
	}
	return "", errParameter.With("docid, url: one of the two expected")
}

// document returns a document of one of the kinds, over which the member has a right: to look, or to write.
func (s *Service) document(ctx context.Context, tx *store.Tx, a actor, w whichDoc, writes bool, kinds ...wedoc.Kind) (d wedoc.Document, err error) {
	docID, err := w.id()
	if err != nil {
		return d, err
	}
	d, found, err := s.deps.Documents.Find(tx, a.By.CorpID, docID)
	if err != nil {
		return d, err
	}
	if !found {
		return d, wedoc.ErrDocID.With("docid: there is no document %q", docID)
	}
	right, err := s.deps.Documents.RightOf(ctx, tx, d, a.Member.UserID)
	switch {
	case err != nil:
	case right == 0:
		err = helped{ErrDocUnseen.With("docid: %q is not shared with %s", docID, a.Member.UserID), s.page(a.Bot)}
	case len(kinds) > 0 && !slices.Contains(kinds, d.Kind):
		err = ErrDocKind.With("docid: %q is of doc_type %d, and the tool is for %v", docID, d.Kind, kinds)
	case writes && right < wedoc.Write:
		err = ErrDocRight.With("docid: %s may only look into %q", a.Member.UserID, docID)
	}
	return d, err
}

type (
	createDocRequest struct {
		Kind wedoc.Kind `json:"doc_type" must:"1" only:"3,4,10" about:"文档品类：3 文档，4 在线表格，10 智能表格"`
		Name string     `json:"doc_name" must:"1" about:"标题，最多 255 个字符，超过会被截断"`
	}
	madeDocResponse struct {
		DocID string `json:"docid"`
		URL   string `json:"url"`
	}
)

// createDoc makes a document that the member manages.
func (s *Service) createDoc(ctx context.Context, tx *store.Tx, a actor, req createDocRequest) (madeDocResponse, error) {
	d, err := s.deps.Documents.Create(ctx, tx, a.By, wedoc.NewDocument{Kind: req.Kind, Name: req.Name, Admins: []id.UserID{a.Member.UserID}})
	if err != nil {
		return madeDocResponse{}, err
	}
	return madeDocResponse{d.DocID, s.deps.Documents.URL(d)}, nil
}

type (
	getDocContentRequest struct {
		whichDoc
		Type   int64  `json:"type" must:"1" only:"2" about:"内容格式，固定为 2（Markdown）"`
		TaskID string `json:"task_id" about:"首次不传，轮询时传上次返回的 task_id"`
	}
	getDocContentResponse struct {
		Content string `json:"content"`
		TaskID  string `json:"task_id"`
		Done    bool   `json:"task_done"`
	}
)

// getDocContent answers at once: the task is done when it begins, and a client that asks again is answered the same.
func (s *Service) getDocContent(ctx context.Context, tx *store.Tx, a actor, req getDocContentRequest) (resp getDocContentResponse, err error) {
	d, err := s.document(ctx, tx, a, req.whichDoc, false, wedoc.Text, wedoc.Spreadsheet, wedoc.SmartPage)
	if err != nil {
		return resp, err
	}
	resp.TaskID, resp.Done = s.cursor(d.No), true
	if req.TaskID != "" && req.TaskID != resp.TaskID {
		return resp, errParameter.With("task_id: that of an answer for the same document expected")
	}
	resp.Content, err = s.deps.Documents.Markdown(tx, d)
	return resp, err
}

type editDocContentRequest struct {
	whichDoc
	Content string `json:"content" must:"1" about:"覆写的文档内容（Markdown）"`
	Type    int64  `json:"content_type" must:"1" only:"1" about:"内容类型，固定为 1（Markdown）"`
}

func (s *Service) editDocContent(ctx context.Context, tx *store.Tx, a actor, req editDocContentRequest) (none, error) {
	d, err := s.document(ctx, tx, a, req.whichDoc, true, wedoc.Text)
	if err != nil {
		return none{}, err
	}
	return none{}, s.deps.Documents.SetMarkdown(tx, d, req.Content)
}

type smartpageCreateRequest struct {
	Title string `json:"title" about:"智能文档标题"`
	Pages []struct {
		Title   string `json:"page_title" about:"子页面标题"`
		Type    *int64 `json:"content_type" only:"0,1" about:"内容类型：1 Markdown（默认），0 纯文本"`
		Content string `json:"page_content" about:"子页面内容"`
	} `json:"pages" must:"1" about:"子页面列表"`
}

func (s *Service) smartpageCreate(ctx context.Context, tx *store.Tx, a actor, req smartpageCreateRequest) (madeDocResponse, error) {
	var pages []wedoc.Page
	for _, p := range req.Pages {
		pages = append(pages, wedoc.Page{Title: p.Title, Markdown: p.Type == nil || *p.Type == 1, Content: p.Content})
	}
	d, err := s.deps.Documents.CreatePages(ctx, tx, a.By, req.Title, pages)
	if err != nil {
		return madeDocResponse{}, err
	}
	return madeDocResponse{d.DocID, s.deps.Documents.URL(d)}, nil
}

type (
	exportRequest struct {
		whichDoc
		Type int64 `json:"content_type" must:"1" only:"1" about:"导出内容格式，仅支持 1（Markdown）"`
	}
	exportResponse struct {
		TaskID string `json:"task_id"`
	}
	exportedRequest struct {
		TaskID string `json:"task_id" must:"1" most:"256" about:"由 smartpage_export_task 返回的任务 ID"`
	}
	exportedResponse struct {
		Done    bool   `json:"task_done"`
		Content string `json:"content"`
	}
)

// exportFor is how long the result of an export is kept; unverified.
const exportFor = 24 * time.Hour

// keptExports is how many exports a robot keeps for a member.
const keptExports = 50

// smartpageExport keeps what a smart document holds now, whatever becomes of it before the client asks for it.
func (s *Service) smartpageExport(ctx context.Context, tx *store.Tx, a actor, req exportRequest) (resp exportResponse, err error) {
	d, err := s.document(ctx, tx, a, req.whichDoc, false, wedoc.SmartPage)
	if err != nil {
		return resp, err
	}
	text, err := s.deps.Documents.Markdown(tx, d)
	if err != nil {
		return resp, err
	}
	// Only the newest are kept, so that a program that exports over and over does not fill the database.
	if _, err := tx.Exec(`DELETE FROM mcp_export WHERE bot = ? AND member = ? AND until <
		(SELECT until FROM mcp_export WHERE bot = ? AND member = ? ORDER BY until DESC LIMIT 1 OFFSET ?)`, a.Bot.No, a.Member.No, a.Bot.No, a.Member.No, int64(keptExports-2)); err != nil {
		return resp, err
	}
	resp.TaskID = id.Letters(32)
	_, err = tx.Exec(`INSERT INTO mcp_export (task_id, bot, member, body, until) VALUES (?, ?, ?, ?, ?)`, resp.TaskID, a.Bot.No, a.Member.No, text, tx.Now().Add(exportFor).UnixMilli())
	return resp, err
}

func (s *Service) smartpageExported(ctx context.Context, tx *store.Tx, a actor, req exportedRequest) (resp exportedResponse, err error) {
	resp.Done, err = tx.Get(`SELECT body FROM mcp_export WHERE task_id = ? AND bot = ? AND member = ? AND until > ?`, []any{req.TaskID, a.Bot.No, a.Member.No, tx.Now().UnixMilli()}, &resp.Content)
	if err == nil && !resp.Done {
		err = errParameter.With("task_id: there is no export %q, or its time is over", req.TaskID)
	}
	return resp, err
}

type (
	uploadImageRequest struct {
		whichDoc
		Content string `json:"base64_content" must:"1" about:"图片内容的 base64"`
	}
	uploadImageResponse struct {
		URL    string `json:"url"`
		Width  int64  `json:"width"`
		Height int64  `json:"height"`
		Size   int64  `json:"size"`
	}
)

// uploadImageTool is upload_doc_image, which WeCom's client uses for pictures in the cells of smart sheets. The file is
// stored outside of a transaction, once the member is known to have a right over the document.
func (s *Service) uploadImageTool() tool {
	t := reads("upload_doc_image", "上传文档中使用的图片，返回图片地址", func(ctx context.Context, tx *store.Tx, a actor, req uploadImageRequest) (uploadedImage, error) {
		_, err := s.document(ctx, tx, a, req.whichDoc, true)
		return uploadedImage{s, a, req.Content}, err
	})
	t.readOnly = false
	return t
}

// uploadedImage is a picture on its way.
type uploadedImage struct {
	s       *Service
	a       actor
	content string
}

func (u uploadedImage) complete(ctx context.Context) (any, error) {
	content, err := base64.StdEncoding.DecodeString(u.content)
	if err != nil || len(content) == 0 {
		return nil, errParameter.With("base64_content: a picture in base64 expected")
	}
	size, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, errParameter.With("base64_content: a PNG, JPEG or GIF picture expected")
	}
	path, err := u.s.deps.Media.UploadPicture(ctx, u.a.By, media.NewFile{Name: fmt.Sprint("image.", format), Length: int64(len(content)), Content: bytes.NewReader(content)})
	return uploadImageResponse{u.s.deps.BaseURL() + path, int64(size.Width), int64(size.Height), int64(len(content))}, err
}
