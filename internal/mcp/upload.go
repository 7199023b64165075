package mcp

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/media"
	"qiwei/internal/store"
)

// maxUpload is how large a file may be, as WeCom's client has it.
const maxUpload = 10 << 20

type (
	uploadFileRequest struct {
		Name    string `json:"file_name" must:"1" most:"255" about:"文件名，包含扩展名"`
		Content string `json:"file_base64_content" must:"1" about:"文件内容的 base64，文件最大 10MB"`
	}
	uploadFileResponse struct {
		FileID string `json:"fileid"`
	}
)

// uploadFileTool is upload_doc_file, which WeCom's client uses for files in the cells of smart sheets: they name the
// fileid. It says no document, so any member who lets the robot use documents may; the member's quota of files counts.
func (s *Service) uploadFileTool() tool {
	t := reads("upload_doc_file", "上传智能表格文件字段中使用的文件，返回 fileid", func(ctx context.Context, tx *store.Tx, a actor, req uploadFileRequest) (uploadedFile, error) {
		return uploadedFile{s, a, req}, nil
	})
	t.readOnly = false
	return t
}

// uploadedFile is a file on its way.
type uploadedFile struct {
	s   *Service
	a   actor
	req uploadFileRequest
}

func (u uploadedFile) complete(ctx context.Context) (any, error) {
	content, err := base64.StdEncoding.DecodeString(u.req.Content)
	if err != nil || len(content) == 0 || len(content) > maxUpload {
		return nil, errParameter.With("file_base64_content: a file of at most %d bytes in base64 expected", maxUpload)
	}
	name := u.req.Name[strings.LastIndexAny(u.req.Name, `/\`)+1:]
	f, err := u.s.deps.Media.Upload(ctx, access.System(u.a.By.CorpID), media.NewFile{
		Kind: media.Other, Scene: media.General, Name: name, Length: int64(len(content)), Content: bytes.NewReader(content), Member: u.a.Member.No,
	})
	if err != nil {
		return nil, err
	}
	var resp uploadFileResponse
	err = u.s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		kept, err := u.s.deps.Documents.KeepFile(tx, f)
		resp.FileID = kept.FileID
		return err
	})
	return resp, err
}
