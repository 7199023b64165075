-- +goose Up

-- wedoc_file is a file that a member has put into a form or a smart sheet, or a robot for the member.
CREATE TABLE wedoc_file (
    no      @serial,
    corpid  @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    file_id @text NOT NULL,
    name    TEXT NOT NULL,
    type    @text NOT NULL,
    size    BIGINT NOT NULL,
    blob    @text NOT NULL,
    used    SMALLINT NOT NULL DEFAULT 0, -- 1 once an answer or a cell names it
    made    BIGINT NOT NULL              -- Unix seconds
);
CREATE UNIQUE INDEX wedoc_file_id ON wedoc_file (file_id);
CREATE INDEX wedoc_file_unused ON wedoc_file (used, made);
