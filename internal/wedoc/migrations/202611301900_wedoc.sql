-- +goose Up

-- wedoc is a document (文档) that an application has made: a text, a spreadsheet or a smart sheet.
CREATE TABLE wedoc (
    no       @serial,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    docid    @text NOT NULL,
    kind     BIGINT NOT NULL,             -- 3 text, 4 spreadsheet, 10 smart sheet
    app      BIGINT NOT NULL,             -- our number of the application
    name     TEXT NOT NULL,
    created  BIGINT NOT NULL,             -- Unix seconds
    modified BIGINT NOT NULL,
    version  BIGINT NOT NULL,             -- of a text, raised by each change
    rules    TEXT NOT NULL,               -- JSON: who may see it, and how
    locked   BIGINT NOT NULL DEFAULT 0    -- raised by each change, so that two do not pass each other
);
CREATE UNIQUE INDEX wedoc_docid ON wedoc (corpid, docid);

-- wedoc_member is somebody whom a document names.
CREATE TABLE wedoc_member (
    no      @serial,
    corpid  @text NOT NULL,
    doc     BIGINT NOT NULL REFERENCES wedoc (no) ON DELETE CASCADE,
    userkey @text NOT NULL,
    userid  @text NOT NULL,
    auth    BIGINT NOT NULL               -- 1 looks, 2 writes, 7 manages
);
CREATE UNIQUE INDEX wedoc_member_user ON wedoc_member (doc, userkey);
CREATE INDEX wedoc_member_corp ON wedoc_member (corpid, userkey);

-- wedoc_text is the content of a text.
CREATE TABLE wedoc_text (
    corpid @text NOT NULL,
    doc    BIGINT PRIMARY KEY REFERENCES wedoc (no) ON DELETE CASCADE,
    body   TEXT NOT NULL,                 -- JSON: its pieces
    edits  TEXT NOT NULL                  -- JSON: what the last hundred versions moved
) @rowless;

-- wedoc_sheet is a sheet of a spreadsheet.
CREATE TABLE wedoc_sheet (
    no           @serial,
    corpid       @text NOT NULL,
    doc          BIGINT NOT NULL REFERENCES wedoc (no) ON DELETE CASCADE,
    sheet_id     @text NOT NULL,
    title        TEXT NOT NULL,
    row_count    BIGINT NOT NULL,
    column_count BIGINT NOT NULL
);
CREATE UNIQUE INDEX wedoc_sheet_id ON wedoc_sheet (doc, sheet_id);

-- wedoc_cell is a cell of a sheet that something was written into.
CREATE TABLE wedoc_cell (
    corpid    @text NOT NULL,
    sheet     BIGINT NOT NULL REFERENCES wedoc_sheet (no) ON DELETE CASCADE,
    at_row    BIGINT NOT NULL,            -- from 0
    at_column BIGINT NOT NULL,
    body      TEXT NOT NULL,              -- JSON: the value and how it looks
    PRIMARY KEY (sheet, at_row, at_column)
) @rowless;

-- wedoc_form is a form (收集表) that an application has made.
CREATE TABLE wedoc_form (
    no       @serial,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    formid   @text NOT NULL,
    app      BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    body     TEXT NOT NULL,               -- JSON: the questions and the settings
    answers  BIGINT NOT NULL DEFAULT 0    -- raised by each answer, so that two do not pass each other
);
CREATE UNIQUE INDEX wedoc_form_id ON wedoc_form (corpid, formid);

-- wedoc_answer is what a member has answered to a form.
CREATE TABLE wedoc_answer (
    no        @serial,
    corpid    @text NOT NULL,
    form      BIGINT NOT NULL REFERENCES wedoc_form (no) ON DELETE CASCADE,
    round     BIGINT NOT NULL,            -- when the time that it is for began, Unix seconds
    userkey   @text NOT NULL,
    userid    @text NOT NULL,
    anonymous SMALLINT NOT NULL,
    made      BIGINT NOT NULL,
    changed   BIGINT NOT NULL,
    removed   SMALLINT NOT NULL DEFAULT 0,
    body      TEXT NOT NULL               -- JSON: the answers
);
CREATE INDEX wedoc_answer_round ON wedoc_answer (form, round, no);
CREATE INDEX wedoc_answer_user ON wedoc_answer (corpid, userkey);

-- wedoc_vip is a member with the advanced functions of documents.
CREATE TABLE wedoc_vip (
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    userkey @text NOT NULL,
    userid  @text NOT NULL,
    PRIMARY KEY (corpid, userkey)
) @rowless;
