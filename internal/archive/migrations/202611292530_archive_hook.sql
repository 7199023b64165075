-- +goose Up

-- archive_hook is where records are sent as they come.
CREATE TABLE archive_hook (
    no       @serial,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    archive  BIGINT NOT NULL REFERENCES archive_corp (no) ON DELETE CASCADE,
    url      TEXT NOT NULL,
    secret   @bytes NOT NULL, -- sealed; signs what is sent
    words    TEXT NOT NULL,   -- JSON; one of them must be said; none is every record
    seq      BIGINT NOT NULL, -- up to which records were sent or passed over
    failures BIGINT NOT NULL, -- in a row
    error    TEXT NOT NULL,   -- of the last failure
    holder   @text NOT NULL,
    until    BIGINT NOT NULL  -- Unix milliseconds
);
CREATE INDEX archive_hook_corp ON archive_hook (corpid, no);
CREATE INDEX archive_hook_archive ON archive_hook (archive);
