-- +goose Up

-- wedoc_page is a page of a smart document (智能文档).
CREATE TABLE wedoc_page (
    corpid   @text NOT NULL,
    doc      BIGINT NOT NULL REFERENCES wedoc (no) ON DELETE CASCADE,
    place    BIGINT NOT NULL,
    title    TEXT NOT NULL,
    markdown SMALLINT NOT NULL, -- 1 Markdown, 0 plain text
    body     TEXT NOT NULL,
    PRIMARY KEY (doc, place)
) @rowless;
