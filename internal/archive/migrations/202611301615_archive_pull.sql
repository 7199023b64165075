-- +goose Up

-- archive_pull is another archive whose records are taken into this one, and how far that has come.
CREATE TABLE archive_pull (
    no        @serial,
    corpid    @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    source    @text NOT NULL,  -- corpid of the archive there, and its server
    seq       BIGINT NOT NULL, -- there, of the newest that was taken
    records   BIGINT NOT NULL,
    files     BIGINT NOT NULL,
    pulled_at BIGINT NOT NULL, -- Unix milliseconds
    holder    @text NOT NULL,
    until     BIGINT NOT NULL  -- Unix milliseconds
);
CREATE UNIQUE INDEX archive_pull_source ON archive_pull (corpid, source);

-- archive_gap is what could not be taken.
CREATE TABLE archive_gap (
    no       @serial,
    corpid   @text NOT NULL REFERENCES corp (corpid) ON DELETE CASCADE,
    pull     BIGINT NOT NULL REFERENCES archive_pull (no) ON DELETE CASCADE,
    from_seq BIGINT NOT NULL, -- there; the first that is missing
    to_seq   BIGINT NOT NULL, -- the last
    why      @text NOT NULL,  -- missing, key, unreadable or file
    detail   TEXT NOT NULL,
    found_at BIGINT NOT NULL  -- Unix milliseconds
);
CREATE INDEX archive_gap_pull ON archive_gap (pull, no);
CREATE INDEX archive_gap_corp ON archive_gap (corpid);
